#include <sightline/error.h>
#include <sightline/feedback.h>

#include <cmath>

namespace sightline {
namespace {

void check_weight(double weight, const char* name) {
  if (std::isfinite(weight) && weight >= 0) return;
  throw Error(ErrorCode::invalid_argument, "the weight ", name, " of feedback is ", weight,
              "; expected a finite number, 0 or more");
}

// Adds terms of `weight` in sum.
void add_items(Query& query, std::span<const int64_t> images, double weight) {
  if (weight == 0) return;
  for (const int64_t image : images) {
    query.terms.push_back(item_query(image).terms[0]);
    query.terms.back().weight = weight / static_cast<double>(images.size());
  }
}

}  // namespace

Query with_relevance_feedback(const Query& query, std::span<const int64_t> relevant,
                              std::span<const int64_t> irrelevant, const RocchioWeights& weights) {
  check_weight(weights.alpha, "alpha");
  check_weight(weights.beta, "beta");
  check_weight(weights.gamma, "gamma");
  Query out = query;
  double sum = 0;
  for (const QueryTerm& term : query.terms) sum += std::abs(term.weight);
  if (weights.alpha == 0) out.terms.clear();
  for (QueryTerm& term : out.terms) term.weight *= weights.alpha;
  const double unit = sum > 0 ? sum : 1;
  add_items(out, relevant, weights.beta * unit);
  add_items(out, irrelevant, -weights.gamma * unit);
  check_query(out);
  return out;
}

}  // namespace sightline
