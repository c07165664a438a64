#include "measure/search.h"

#include <sightline/error.h>
#include <sightline/index.h>

#include <string>

#include "index/search_rates.h"
#include "measure/turns.h"
#include "ops/plain_work.h"

namespace sightline {
namespace {

// Operations a second of oneDNN's product of 64 queries with a block of vectors; 0 where it has
// none.
double product_rate(int64_t dim, const std::string& precision, const MeasureOptions& options) {
  constexpr int64_t kQueries = 64, kBlock = 8192;
  const RooflineWork work{{{kBlock, dim, kQueries}}, {}};
  try {
    const auto runner = create_plain_runner(work, precision);
    const auto times = take_turns({[&] { runner->run(); }}, options.rounds, options.least_seconds);
    return work.operations() / times[0].best;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unsupported) throw;
    return 0;
  }
}

}  // namespace

std::vector<Rate> search_rates(int64_t dim, const MeasureOptions& options) {
  SearchRateOptions search;
  search.rounds = options.rounds;
  search.least_ms = options.least_seconds * 1e3;
  if (options.ceilings) {
    search.fp32_ops = product_rate(dim, "fp32", options);
    search.bf16_ops = product_rate(dim, "bf16", options);
    search.int8_ops = product_rate(dim, "int8", options);
  }
  const std::vector<float> vectors = sample_vectors(kSearchRows, dim, 1);
  VectorIndex index = VectorIndex::view(vectors, kSearchRows, dim);
  index.add(ScanType::bf16);
  index.add(ScanType::int8);
  const std::vector<float> queries = sample_vectors(search.batches.back(), dim, 2);
  std::vector<Rate> rates;
  for (const SearchRate& found : measure_search(index, queries, search).rates) {
    Rate rate{"search",    std::string(scan_type_name(found.scan)),
              found.batch, found.per_second,
              {},          {},
              {},          {}};
    if (options.ceilings) {
      rate.share_of_ceiling = found.share_of_ceiling;
      rate.ceiling_per_second = found.per_second / found.share_of_ceiling;
    }
    rates.push_back(rate);
  }
  return rates;
}

}  // namespace sightline
