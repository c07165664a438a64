// Exact search against what memory gives, and against other programs on the same vectors.
//
//   bench_search [--rows N] [--dim D] [--vectors FILE.npy] [--keep FOLDER] [--rounds R] [--json]
//
// Without --vectors, samples are made and written as .npy into a folder of their own, mapped from
// there as `sightline query --vectors` maps them. --keep leaves vectors.npy and queries.npy in
// FOLDER for bench/peers/search.py; those of the same size that are there are taken. Beside
// FILE.npy nothing is written: short forms that it lacks are made in memory. --serve answers "scan
// batch" lines on standard input with seconds a search, so that a peer's rounds and ours take
// turns.
#include <sightline/error.h>
#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/machine.h"
#include "base/npy.h"
#include "base/npy_header.h"
#include "index/search_rates.h"

namespace {

namespace fs = std::filesystem;
using namespace sightline;

constexpr int64_t kQueries = 64;

struct Arguments {
  int64_t rows = 100'000, dim = 512;
  int rounds = 9;
  fs::path vectors, keep;
  bool json = false, serve = false;
};

Arguments parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&] {
      if (i + 1 == argc) throw Error(ErrorCode::invalid_argument, name, " needs a value");
      return std::string(argv[++i]);
    };
    if (name == "--rows")
      out.rows = std::stoll(value());
    else if (name == "--dim")
      out.dim = std::stoll(value());
    else if (name == "--rounds")
      out.rounds = std::stoi(value());
    else if (name == "--vectors")
      out.vectors = value();
    else if (name == "--keep")
      out.keep = value();
    else if (name == "--json")
      out.json = true;
    else if (name == "--serve")
      out.serve = true;
    else
      throw Error(ErrorCode::invalid_argument, "unknown option ", name);
  }
  return out;
}

void write_samples(const fs::path& folder, int64_t rows, int64_t dim) {
  fs::create_directories(folder);
  NpyRowWriter writer(folder / "vectors.npy", dim);
  constexpr int64_t kPart = 100'000;  // so that a million rows are not in memory twice
  for (int64_t first = 0; first < rows; first += kPart) {
    writer.append(
        sample_vectors(std::min(kPart, rows - first), dim, 1000 + static_cast<uint64_t>(first)));
  }
  writer.close();
  const int64_t shape[] = {kQueries, dim};
  write_npy(folder / "queries.npy", std::span<const float>(sample_vectors(kQueries, dim, 7)),
            shape);
}

bool has_shape(const fs::path& npy, int64_t rows, int64_t dim) {
  if (!fs::exists(npy)) return false;
  const MappedFile file(npy);
  return npy::parse_header(file.bytes(), npy.string()).shape == std::vector<int64_t>{rows, dim};
}

// The queries are written last.
bool has_samples(const fs::path& folder, int64_t rows, int64_t dim) {
  return has_shape(folder / "vectors.npy", rows, dim) &&
         has_shape(folder / "queries.npy", kQueries, dim);
}

// A folder in the system's place for temporary files, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "bench_search.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Error(ErrorCode::io, "cannot make the folder '", name, "'");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// With both short forms: mapped where `save`, else in memory.
VectorIndex prepare(const fs::path& npy, bool save) {
  VectorIndex index = VectorIndex::open(npy);
  if (index.has(ScanType::int8) && index.has(ScanType::bf16)) return index;
  for (const ScanType type : {ScanType::bf16, ScanType::int8}) {
    if (!index.has(type)) index.add(type);
  }
  if (!save) return index;
  index.save();
  return VectorIndex::open(npy);
}

ScanType scan_of(const std::string& name) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (scan_type_name(type) == name) return type;
  }
  throw Error(ErrorCode::invalid_argument, "unknown scan ", name);
}

// Lines "fp32 64" on stdin -> seconds on stdout. "hits 3" -> the rows of query 3.
void serve(const VectorIndex& index, std::span<const float> queries) {
  std::string what;
  int64_t number = 0;
  while (std::cin >> what >> number) {
    if (what == "hits") {
      const auto hits = index.search(queries.subspan(static_cast<size_t>(number * index.dim()),
                                                     static_cast<size_t>(index.dim())),
                                     1);
      for (const Hit& hit : hits[0]) std::printf("%lld ", static_cast<long long>(hit.index));
      std::printf("\n");
    } else {
      const auto start = std::chrono::steady_clock::now();
      index.search(queries.first(static_cast<size_t>(number * index.dim())), number,
                   {10, scan_of(what)});
      std::printf("%.9f\n",
                  std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::fflush(stdout);
  }
}

void print(const SearchRates& rates, bool as_json) {
  const Machine machine = this_machine();
  if (as_json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const SearchRate& r : rates.rates) {
      rows.push_back({{"what", "search"},
                      {"precision", scan_type_name(r.scan)},
                      {"batch", r.batch},
                      {"per_second", r.per_second},
                      {"share_of_ceiling", r.share_of_ceiling},
                      {"bytes_per_second", r.bytes_per_second},
                      {"rescored", r.rescored}});
    }
    const nlohmann::ordered_json json = {{"rows", rates.rows},
                                         {"dim", rates.dim},
                                         {"threads", machine.threads},
                                         {"processor", machine.processor},
                                         {"features", machine.features},
                                         {"read_bytes_per_second", rates.read_bytes_per_second},
                                         {"rates", rows}};
    std::printf("%s\n", json.dump(2).c_str());
    return;
  }
  std::printf("%lld x %lld, %d threads, read %.1f GB/s\n", static_cast<long long>(rates.rows),
              static_cast<long long>(rates.dim), machine.threads,
              rates.read_bytes_per_second / 1e9);
  for (const SearchRate& r : rates.rates) {
    std::printf(
        "  %s  batch %3lld  %9.1f queries/s  %8.3f ms  %6.1f GB/s  %5.2f of reading  %.1f rescored "
        "a query\n",
        std::string(scan_type_name(r.scan)).c_str(), static_cast<long long>(r.batch), r.per_second,
        1e3 * static_cast<double>(r.batch) / r.per_second, r.bytes_per_second / 1e9,
        r.share_of_ceiling, r.rescored);
  }
}

int run(int argc, char** argv) {
  Arguments arguments = parse(argc, argv);
  std::optional<TemporaryFolder> temporary;
  const bool samples = arguments.vectors.empty();
  if (samples) {
    if (arguments.keep.empty()) arguments.keep = temporary.emplace().path();
    if (!has_samples(arguments.keep, arguments.rows, arguments.dim))
      write_samples(arguments.keep, arguments.rows, arguments.dim);
    arguments.vectors = arguments.keep / "vectors.npy";
  }
  const VectorIndex index = prepare(arguments.vectors, samples);
  const std::vector<float> queries = sample_vectors(kQueries, index.dim(), 7);
  if (arguments.serve) {
    serve(index, queries);
  } else {
    SearchRateOptions options;
    options.rounds = arguments.rounds;
    print(measure_search(index, queries, options), arguments.json);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_search: %s\n", error.what());
    return 1;
  }
}
