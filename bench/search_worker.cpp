// Exact search for comparison with peers, whose rounds it interleaves with: bench/peers/search.py.
// `sightline bench` measures search alone.
//
//   bench_search_worker FOLDER [--rows N] [--dim D]
//
// Writes synthetic vectors.npy (N, D), their quantized vectors and queries.npy (64, D) into FOLDER
// where they are missing, prints "ready", and then answers each line of standard input:
//   fp32 64   searches the first 64 queries with that scan, prints the seconds that it took
//   hits 3    prints the rows of query 3, best first
#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/npy.h"
#include "base/npy_header.h"
#include "base/npy_rows.h"
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
VectorIndex open_index(const fs::path& npy) {
  VectorIndex index = VectorIndex::open(npy);
  if (index.has(ScanType::int8) && index.has(ScanType::bf16)) return index;
  for (const ScanType type : {ScanType::bf16, ScanType::int8}) {
    if (!index.has(type)) index.add(type);
  }
  index.save();
  return VectorIndex::open(npy);
}

ScanType scan_of(const std::string& name) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (scan_type_name(type) == name) return type;
  }
  throw Error(ErrorCode::invalid_argument, "unknown scan '", name, "'");
}

void answer(const VectorIndex& index, std::span<const float> queries, const std::string& what,
            int64_t number) {
  const auto dim = static_cast<size_t>(index.dim()), count = static_cast<size_t>(number);
  if (what == "hits") {
    const auto hits = index.search(queries.subspan(count * dim, dim), 1);
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
  fs::path folder;
  int64_t rows = 100'000, dim = 512;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--rows" && i + 1 < argc)
      rows = std::stoll(argv[++i]);
    else if (arg == "--dim" && i + 1 < argc)
      dim = std::stoll(argv[++i]);
    else
      folder = arg;
  }
  if (folder.empty()) throw Error(ErrorCode::invalid_argument, "expected a folder");
  // queries.npy is written last, so that an interrupted run starts over.
  if (!has_shape(folder / "vectors.npy", rows, dim) ||
      !has_shape(folder / "queries.npy", kQueries, dim))
    write_vectors(folder, rows, dim);
  const VectorIndex index = open_index(folder / "vectors.npy");
  const std::vector<float> queries = synthetic_vectors(kQueries, dim, 7);
  std::printf("ready\n");
  std::fflush(stdout);
  std::string what;
  int64_t number = 0;
  while (std::cin >> what >> number) {
    if (number < 0 || number > kQueries || (what == "hits" && number == kQueries))
      throw Error(ErrorCode::invalid_argument, "expected at most ", kQueries, " queries");
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
