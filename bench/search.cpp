// Exact search against what memory gives, and against other programs on the same vectors.
//
//   bench_search [--rows N] [--dim D] [--vectors FILE.npy] [--keep FOLDER] [--rounds R] [--json]
//
// Without --vectors, samples are made and written as .npy into a folder of their own, mapped from there
// as `sightline query --vectors` maps them. --keep leaves vectors.npy and queries.npy in FOLDER for
// bench/peers/search.py. --serve answers "scan batch" lines on standard input with seconds a search,
// so that a peer's rounds and ours take turns.
#include <sightline/error.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/machine.h"
#include "base/npy.h"
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
      if (i + 1 == argc) throw Error(ErrorCode::invalid_argument, name + " needs a value");
      return std::string(argv[++i]);
    };
    if (name == "--rows") out.rows = std::stoll(value());
    else if (name == "--dim") out.dim = std::stoll(value());
    else if (name == "--rounds") out.rounds = std::stoi(value());
    else if (name == "--vectors") out.vectors = value();
    else if (name == "--keep") out.keep = value();
    else if (name == "--json") out.json = true;
    else if (name == "--serve") out.serve = true;
    else throw Error(ErrorCode::invalid_argument, "unknown option " + name);
  }
  return out;
}

void write_samples(const fs::path& folder, int64_t rows, int64_t dim) {
  fs::create_directories(folder);
  NpyRowWriter writer(folder / "vectors.npy", dim);
  constexpr int64_t kPart = 100'000;  // so that a million rows are not in memory twice
  for (int64_t first = 0; first < rows; first += kPart) {
    writer.append(sample_vectors(std::min(kPart, rows - first), dim, 1000 + static_cast<uint64_t>(first)));
  }
  writer.close();
  const int64_t shape[] = {kQueries, dim};
  write_npy(folder / "queries.npy", std::span<const float>(sample_vectors(kQueries, dim, 7)), shape);
}

VectorIndex prepare(const fs::path& npy) {
  VectorIndex index = VectorIndex::open(npy);
  if (index.has(ScanType::int8) && index.has(ScanType::bf16)) return index;
  index.add(ScanType::bf16);
  index.add(ScanType::int8);
  index.save();
  return VectorIndex::open(npy);
}

ScanType scan_of(const std::string& name) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (scan_type_name(type) == name) return type;
  }
  throw Error(ErrorCode::invalid_argument, "unknown scan " + name);
}

// Lines "fp32 64" on stdin -> seconds on stdout. "hits 3" -> the rows of query 3.
void serve(const VectorIndex& index, std::span<const float> queries) {
  std::string what;
  int64_t number = 0;
  while (std::cin >> what >> number) {
    if (what == "hits") {
      const auto hits = index.search(queries.subspan(static_cast<size_t>(number * index.dim()), static_cast<size_t>(index.dim())), 1);
      for (const Hit& hit : hits[0]) std::printf("%lld ", static_cast<long long>(hit.index));
      std::printf("\n");
    } else {
      const auto start = std::chrono::steady_clock::now();
      index.search(queries.first(static_cast<size_t>(number * index.dim())), number, {10, scan_of(what)});
      std::printf("%.9f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::fflush(stdout);
  }
}

void print(const SearchRates& rates, bool as_json) {
  const Machine machine = this_machine();
  if (as_json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const SearchRate& r : rates.rates) {
      rows.push_back({{"what", "search"}, {"precision", scan_type_name(r.scan)}, {"batch", r.batch}, {"per_second", r.per_second},
                      {"share_of_ceiling", r.share_of_ceiling}, {"bytes_per_second", r.bytes_per_second}, {"rescored", r.rescored}});
    }
    const nlohmann::ordered_json json = {{"rows", rates.rows}, {"dim", rates.dim}, {"threads", machine.threads},
                                         {"processor", machine.processor}, {"features", machine.features},
                                         {"read_bytes_per_second", rates.read_bytes_per_second}, {"rates", rows}};
    std::printf("%s\n", json.dump(2).c_str());
    return;
  }
  std::printf("%lld x %lld, %d threads, read %.1f GB/s\n", static_cast<long long>(rates.rows), static_cast<long long>(rates.dim),
              machine.threads, rates.read_bytes_per_second / 1e9);
  for (const SearchRate& r : rates.rates) {
    std::printf("  %s  batch %3lld  %9.1f queries/s  %8.3f ms  %6.1f GB/s  %5.2f of reading  %.1f rescored a query\n",
                std::string(scan_type_name(r.scan)).c_str(), static_cast<long long>(r.batch), r.per_second,
                1e3 * static_cast<double>(r.batch) / r.per_second, r.bytes_per_second / 1e9, r.share_of_ceiling, r.rescored);
  }
}

int run(int argc, char** argv) {
  Arguments arguments = parse(argc, argv);
  fs::path folder;
  const bool samples = arguments.vectors.empty();
  if (samples) {
    folder = arguments.keep.empty() ? fs::temp_directory_path() / ("bench_search." + std::to_string(std::rand())) : arguments.keep;
    if (!fs::exists(folder / "queries.npy")) write_samples(folder, arguments.rows, arguments.dim);
    arguments.vectors = folder / "vectors.npy";
  }
  {
    const VectorIndex index = prepare(arguments.vectors);
    std::vector<float> queries = sample_vectors(kQueries, index.dim(), 7);
    if (arguments.serve) {
      serve(index, queries);
    } else {
      SearchRateOptions options;
      options.rounds = arguments.rounds;
      print(measure_search(index, queries, options), arguments.json);
    }
  }
  if (samples && arguments.keep.empty()) fs::remove_all(folder);
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
