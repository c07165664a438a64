// How fast exact search is here, against what memory gives: for `sightline bench` and
// bench/search.cpp.
#pragma once

#include <sightline/index.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

struct SearchRateOptions {
  std::vector<int64_t> batches = {1, 8, 64};
  std::vector<ScanType> scans = {ScanType::fp32, ScanType::bf16,
                                 ScanType::int8};  // that the index has
  int k = 10;
  int rounds = 9;        // each measures the read and every combination once; medians count
  double least_ms = 40;  // searches are repeated for at least so long a round
  // What a matrix product of the scan's type reaches on this machine, in operations a second (a
  // multiplication and an addition are two); 0: unknown. Many queries are bound by it, not by
  // memory.
  double fp32_ops = 0, bf16_ops = 0, int8_ops = 0;
};

struct SearchRate {
  ScanType scan = ScanType::fp32;
  int64_t batch = 1;
  double per_second = 0;        // queries
  double bytes_per_second = 0;  // of vectors or short forms, read once for all queries of the batch
  // Of the rate at which memory alone (and, where known, the matrix product alone) would allow.
  double share_of_ceiling = 0;
  double rescored = 0;  // rows a query
};

struct SearchRates {
  int64_t rows = 0, dim = 0;
  double read_bytes_per_second = 0;  // summing all vectors with the widest loads, all threads
  std::vector<SearchRate> rates;
};

// `queries` (count, dim) must hold as many as the largest batch. Throws as VectorIndex::search.
SearchRates measure_search(const VectorIndex& index, std::span<const float> queries,
                           const SearchRateOptions& options = {});

// Unit vectors that lie as those of images do: around `clusters` centres, which lie around a
// common direction. (rows, dim), the same on every machine.
std::vector<float> sample_vectors(int64_t rows, int64_t dim, uint64_t seed,
                                  int64_t clusters = 1000);

}  // namespace sightline
