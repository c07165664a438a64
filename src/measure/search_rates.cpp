#include "measure/search_rates.h"

#include <sightline/error.h>
#include <sightline/index.h>
#include <sightline/settings.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <span>
#include <string>

#include "base/parallel.h"
#include "index/query_plan.h"
#include "measure/interleaved_rounds.h"
#include "measure/roofline/roofline_baseline.h"
#include "measure/synthetic_vectors.h"

namespace sightline {
namespace {

struct Scan {
  ScanType type;
  Precision precision;  // of the matrix product
};
constexpr Scan kScans[] = {{ScanType::fp32, Precision::fp32},
                           {ScanType::bf16, Precision::bf16},
                           {ScanType::int8, Precision::int8}};
constexpr int64_t kBatches[] = {1, 8, 64};
constexpr int64_t kMostQueries = 64;
constexpr int kHits = 10;

// Seconds that oneDNN's matrix product needs for one vector and one query; 0 where it has none in
// this precision.
double seconds_per_dot(int64_t dim, Precision precision, const MeasureOptions& options) {
  constexpr int64_t kBlock = 8192;
  const RooflineWork work{{{kBlock, dim, kMostQueries, 0}}, {}};
  try {
    const auto baseline = create_roofline_baseline(work, precision);
    const auto times =
        run_interleaved({[&] { baseline->run(); }}, options.rounds, options.least_seconds);
    return times[0].best / static_cast<double>(kBlock * kMostQueries);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unsupported) throw;
    return 0;
  }
}

// Reads all vectors with the widest loads, on all threads.
void read_all(std::span<const float> values) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  static std::atomic<uint32_t> sink;
  parallel_for(static_cast<int64_t>(values.size_bytes() / 64), 4096,
               [&](int64_t begin, int64_t end) {
                 sink += index::scan_kernels().read(bytes + begin * 64, (end - begin) * 64);
               });
}

// Bytes that a scan reads for one vector.
double bytes_per_row(ScanType scan, int64_t dim) {
  if (scan == ScanType::fp32) return 4.0 * static_cast<double>(dim);
  const bool codes = scan == ScanType::int8;
  const int64_t stride =
      index::quantized_stride(codes ? index::RowType::i8 : index::RowType::bf16, dim);
  return static_cast<double>(stride + (codes ? 8 : 4));
}

}  // namespace

std::vector<Rate> search_rates(int64_t dim, const MeasureOptions& options) {
  const std::vector<float> vectors = synthetic_vectors(kSearchRows, dim, 1);
  const std::vector<float> queries = synthetic_vectors(kMostQueries, dim, 2);
  VectorIndex index = VectorIndex::view(vectors, kSearchRows, dim);
  index.add(ScanType::bf16);
  index.add(ScanType::int8);
  std::vector<Rate> rates;
  std::vector<double> bytes, dot_seconds;  // of one vector
  std::vector<std::function<void()>> jobs;
  for (const auto& [scan, precision] : kScans) {
    const double dot = options.roofline ? seconds_per_dot(dim, precision, options) : 0;
    for (const int64_t batch : kBatches) {
      Rate rate;
      rate.what = "search";
      rate.precision = scan_type_name(scan);
      rate.batch = batch;
      rates.push_back(rate);
      bytes.push_back(bytes_per_row(scan, dim));
      dot_seconds.push_back(dot * static_cast<double>(batch));
      jobs.push_back([&, scan = scan, batch] {
        index.search(std::span(queries).first(static_cast<size_t>(batch * dim)), batch,
                     {kHits, scan});
      });
    }
  }
  if (options.roofline) jobs.push_back([&] { read_all(vectors); });
  const auto times = run_interleaved(jobs, options.rounds, options.least_seconds);
  for (size_t i = 0; i < rates.size(); ++i) {
    Rate& rate = rates[i];
    rate.per_second = static_cast<double>(rate.batch) / times[i].median;
    if (!options.roofline) continue;
    const double read_seconds = bytes[i] / static_cast<double>(4 * dim) * times.back().median;
    const double product_seconds = static_cast<double>(kSearchRows) * dot_seconds[i];
    const double least = std::max(read_seconds, product_seconds);
    rate.share_of_roofline = least / times[i].median;
    rate.roofline_per_second = static_cast<double>(rate.batch) / least;
  }
  return rates;
}

}  // namespace sightline
