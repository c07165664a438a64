// Exact search for comparison with peers, whose rounds it interleaves with: bench/peers/search.py.
// `sightline bench` measures search alone.
//
//   bench_search_worker FOLDER [--rows N] [--dim D] [--queries FILE [--repeat R]]
//
// Writes synthetic vectors.npy (N, D), their quantized vectors and queries.npy (64, D) into FOLDER
// where they are missing, prints "ready", and then answers each line of standard input:
//   fp32 64   searches the first 64 queries with that scan, prints the seconds that it took
//   hits 3    prints the rows of query 3, best first
//   one 3     searches query 3, prints the seconds that it took, those of all processors, and the
//             rows
//   memory 0  prints the resident memory that is not of mapped files, in MiB
// With --queries, the vectors and queries are those of the files, of any number, in int8 and fp32
// only; --repeat searches R segments of the same rows, which takes the time of R times as many.
#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/npy.h"
#include "base/npy_header.h"
#include "base/npy_rows.h"
#include "index/quantized_file.h"
#include "index/segmented_index.h"
#include "measure/synthetic_vectors.h"

namespace {

namespace fs = std::filesystem;
using namespace sightline;

constexpr int64_t kQueries = 64;

bool has_shape(const fs::path& npy, int64_t rows, int64_t dim) {
  if (!fs::exists(npy)) return false;
  const MappedFile file(npy);
  return npy::parse_header(file.bytes(), npy.string()).shape == std::vector<int64_t>{rows, dim};
}

void write_vectors(const fs::path& folder, int64_t rows, int64_t dim) {
  make_folder(folder);
  NpyRowWriter writer(folder / "vectors.npy", dim);
  constexpr int64_t kPart = 100'000;  // bounds memory
  for (int64_t first = 0; first < rows; first += kPart) {
    writer.append(
        synthetic_vectors(std::min(kPart, rows - first), dim, 1000 + static_cast<uint64_t>(first)));
  }
  writer.close();
  const int64_t shape[] = {kQueries, dim};
  write_npy(folder / "queries.npy", std::span<const float>(synthetic_vectors(kQueries, dim, 7)),
            shape);
}

// Mapped from the file, as `sightline` maps it.
VectorIndex open_index(const fs::path& npy, std::span<const ScanType> types) {
  VectorIndex index = VectorIndex::open(npy);
  if (std::ranges::all_of(types, [&](ScanType type) { return index.has(type); })) return index;
  for (const ScanType type : types) {
    if (!index.has(type)) index.add(type);
  }
  index.save();
  return VectorIndex::open(npy);
}

// An index of `repeat` segments, all of them the rows of `npy`.
VectorIndex repeated(const fs::path& npy, int64_t repeat) {
  struct Files {
    MappedFile npy;
    index::QuantizedFile codes;
  };
  const auto array = npy::parse_header(MappedFile(npy).bytes(), npy.string());
  const int64_t rows = array.shape.at(0), dim = array.shape.at(1);
  MappedFile mapped(npy);
  std::string warning;
  auto codes =
      index::open_quantized_file(VectorIndex::quantized_path(npy), mapped, rows, dim, warning);
  if (!codes) throw Error(ErrorCode::invalid_data, "no quantized vectors: ", warning);
  const auto files = std::make_shared<const Files>(Files{std::move(mapped), std::move(*codes)});
  const auto bytes = files->npy.bytes();
  const auto all = static_cast<size_t>(rows * dim) * sizeof(float);
  index::IndexSegment segment;
  segment.full = {reinterpret_cast<const float*>(bytes.data() + (bytes.size() - all)), rows, dim,
                  files->codes.max_norm};
  segment.i8 = files->codes.rows.at(0);
  return index::make_segmented_index(
      std::vector<index::IndexSegment>(static_cast<size_t>(repeat), segment), dim, files);
}

std::vector<float> read_queries(const fs::path& npy, int64_t dim) {
  const VectorIndex opened = VectorIndex::open_vectors(npy);
  if (opened.dim() != dim)
    throw Error(ErrorCode::invalid_argument, "queries of ", opened.dim(), " elements");
  std::vector<float> queries(static_cast<size_t>(opened.rows() * dim));
  for (int64_t i = 0; i < opened.rows(); ++i)
    opened.copy_row(
        i, std::span(queries).subspan(static_cast<size_t>(i * dim), static_cast<size_t>(dim)));
  return queries;
}

ScanType scan_of(const std::string& name) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (scan_type_name(type) == name) return type;
  }
  throw Error(ErrorCode::invalid_argument, "unknown scan '", name, "'");
}

// Of all threads of this process.
double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double private_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssAnon:", 0) == 0) return std::stod(line.substr(8)) / 1024;
  }
  return 0;
}

void answer(const VectorIndex& index, std::span<const float> queries, const std::string& what,
            int64_t number) {
  const auto dim = static_cast<size_t>(index.dim()), count = static_cast<size_t>(number);
  if (what == "memory") {
    std::printf("%.1f\n", private_mib());
    return;
  }
  if (what == "hits" || what == "one") {
    const double before = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    const auto hits = index.search(queries.subspan(count * dim, dim), 1);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (what == "one") std::printf("%.9f %.9f ", took.count(), processor_seconds() - before);
    for (const Hit& hit : hits[0]) std::printf("%lld ", static_cast<long long>(hit.index));
    std::printf("\n");
    return;
  }
  const auto start = std::chrono::steady_clock::now();
  index.search(queries.first(count * dim), number, {10, scan_of(what)});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.9f\n", took.count());
}

int run(int argc, char** argv) {
  fs::path folder, given;
  int64_t rows = 100'000, dim = 512, repeat = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--rows" && i + 1 < argc)
      rows = std::stoll(argv[++i]);
    else if (arg == "--dim" && i + 1 < argc)
      dim = std::stoll(argv[++i]);
    else if (arg == "--queries" && i + 1 < argc)
      given = argv[++i];
    else if (arg == "--repeat" && i + 1 < argc)
      repeat = std::stoll(argv[++i]);
    else
      folder = arg;
  }
  if (folder.empty()) throw Error(ErrorCode::invalid_argument, "expected a folder");
  // queries.npy is written last, so that an interrupted run starts over.
  if (given.empty() && (!has_shape(folder / "vectors.npy", rows, dim) ||
                        !has_shape(folder / "queries.npy", kQueries, dim)))
    write_vectors(folder, rows, dim);
  constexpr ScanType kTypes[] = {ScanType::int8, ScanType::bf16};
  VectorIndex index =
      open_index(folder / "vectors.npy", std::span(kTypes).first(given.empty() ? 2 : 1));
  if (repeat > 1) index = repeated(folder / "vectors.npy", repeat);
  const std::vector<float> queries =
      given.empty() ? synthetic_vectors(kQueries, dim, 7) : read_queries(given, index.dim());
  const int64_t most = static_cast<int64_t>(queries.size()) / index.dim();
  std::printf("ready\n");
  std::fflush(stdout);
  std::string what;
  int64_t number = 0;
  while (std::cin >> what >> number) {
    if (number < 0 || number > most || (number == most && (what == "hits" || what == "one")))
      throw Error(ErrorCode::invalid_argument, "expected at most ", most, " queries");
    answer(index, queries, what, number);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_search_worker: %s\n", error.what());
    return 1;
  }
}
