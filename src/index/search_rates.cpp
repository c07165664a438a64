#include "index/search_rates.h"

#include <sightline/error.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

#include "base/parallel.h"
#include "base/random.h"
#include "index/query_plan.h"

namespace sightline {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Seconds a call, over at least `least_ms`.
template <typename Fn>
double time_of(double least_ms, const Fn& fn) {
  const auto start = Clock::now();
  int calls = 0;
  do {
    fn();
    ++calls;
  } while (seconds_since(start) * 1e3 < least_ms);
  return seconds_since(start) / calls;
}

void read_all(std::span<const float> values) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  static std::atomic<uint32_t> sink;
  parallel_for(static_cast<int64_t>(values.size_bytes() / 64), 4096,
               [&](int64_t begin, int64_t end) {
                 sink += search::scan_kernels().read(bytes + begin * 64, (end - begin) * 64);
               });
}

double bytes_a_row(ScanType scan, int64_t dim) {
  if (scan == ScanType::fp32) return 4.0 * static_cast<double>(dim);
  const bool codes = scan == ScanType::int8;
  const int64_t stride =
      search::short_stride(codes ? search::RowType::i8 : search::RowType::bf16, dim);
  return static_cast<double>(stride + (codes ? 8 : 4));
}

double peak_ops(ScanType scan, const SearchRateOptions& options) {
  return scan == ScanType::fp32   ? options.fp32_ops
         : scan == ScanType::bf16 ? options.bf16_ops
                                  : options.int8_ops;
}

}  // namespace

SearchRates measure_search(const VectorIndex& index, std::span<const float> queries,
                           const SearchRateOptions& options) {
  SearchRates out;
  out.rows = index.rows();
  out.dim = index.dim();
  for (const ScanType scan : options.scans) {
    for (const int64_t batch : options.batches) {
      if (!index.has(scan)) continue;
      out.rates.emplace_back();
      out.rates.back().scan = scan;
      out.rates.back().batch = batch;
    }
  }
  if (out.rows == 0 || options.rounds < 1) {
    throw Error(ErrorCode::invalid_argument,
                "measuring search needs vectors and at least one round");
  }
  const std::span<const float> all{index.row(0).data(), static_cast<size_t>(out.rows * out.dim)};
  std::vector<double> read;
  std::vector<std::vector<double>> times(out.rates.size());
  for (int round = 0; round <= options.rounds; ++round) {
    const double reading = time_of(options.least_ms, [&] { read_all(all); });
    if (round > 0) read.push_back(reading);  // round 0 warms up
    for (size_t i = 0; i < out.rates.size(); ++i) {
      SearchRate& rate = out.rates[i];
      SearchStatistics statistics;
      const double time = time_of(options.least_ms, [&] {
        index.search(queries.first(static_cast<size_t>(rate.batch * out.dim)), rate.batch,
                     {options.k, rate.scan}, &statistics);
      });
      if (round > 0) times[i].push_back(time);
      rate.rescored = static_cast<double>(statistics.rescored) / static_cast<double>(rate.batch);
    }
  }
  out.read_bytes_per_second = static_cast<double>(all.size_bytes()) / median(read);
  for (size_t i = 0; i < out.rates.size(); ++i) {
    SearchRate& rate = out.rates[i];
    const double time = median(times[i]), rows = static_cast<double>(out.rows);
    const double bytes = rows * bytes_a_row(rate.scan, out.dim),
                 batch = static_cast<double>(rate.batch);
    double least = bytes / out.read_bytes_per_second;
    if (const double ops = peak_ops(rate.scan, options); ops > 0) {
      least = std::max(least, 2 * rows * batch * static_cast<double>(out.dim) / ops);
    }
    rate.per_second = batch / time;
    rate.bytes_per_second = bytes / time;
    rate.share_of_ceiling = least / time;
  }
  return out;
}

std::vector<float> sample_vectors(int64_t rows, int64_t dim, uint64_t seed, int64_t clusters) {
  const auto direction = [&](std::initializer_list<uint64_t> purpose, double length, double* to) {
    Random random(purpose);
    const double scale = length / std::sqrt(static_cast<double>(dim));
    for (int64_t d = 0; d < dim; ++d) to[d] += scale * random.normal();
  };
  std::vector<double> centres(static_cast<size_t>(clusters * dim));
  parallel_for(clusters, 16, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      direction({0x636f6d6d6f6e}, 0.6, centres.data() + c * dim);
      direction({0x63656e747265, static_cast<uint64_t>(c)}, 0.5, centres.data() + c * dim);
    }
  });
  std::vector<float> values(static_cast<size_t>(rows * dim));
  parallel_for(rows, 256, [&](int64_t begin, int64_t end) {
    std::vector<double> row(static_cast<size_t>(dim));
    for (int64_t i = begin; i < end; ++i) {
      const auto centre = static_cast<int64_t>(
          Random({seed, 1, static_cast<uint64_t>(i)}).below(static_cast<uint64_t>(clusters)));
      std::copy_n(centres.begin() + centre * dim, dim, row.begin());
      direction({seed, 2, static_cast<uint64_t>(i)}, 0.5, row.data());
      double sum = 0;
      for (const double x : row) sum += x * x;
      for (int64_t d = 0; d < dim; ++d)
        values[static_cast<size_t>(i * dim + d)] =
            static_cast<float>(row[static_cast<size_t>(d)] / std::sqrt(sum));
    }
  });
  return values;
}

}  // namespace sightline
