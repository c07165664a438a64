#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/significance/null_model.h"

namespace sightline {
namespace {

constexpr double kMinSpread = 1e-5;  // a query that is equally similar to all images

void check(const SimilarityMoments& moments, std::span<const double> similarities, int64_t rows,
           const SignificanceOptions& options) {
  if (!(options.fdr > 0 && options.fdr <= options.weak && options.weak <= 1)) {
    throw Error(ErrorCode::invalid_argument, "expected 0 < fdr <= weak <= 1, found fdr ",
                options.fdr, " and weak ", options.weak);
  }
  if (!std::isfinite(moments.mean) || !std::isfinite(moments.spread) || moments.spread < 0) {
    throw Error(ErrorCode::invalid_argument, "the moments of similarities are mean ", moments.mean,
                " and spread ", moments.spread);
  }
  if (std::cmp_greater(similarities.size(), rows)) {
    throw Error(ErrorCode::invalid_argument, "there are ", similarities.size(), " hits among ",
                rows, " images");
  }
  for (size_t i = 0; i < similarities.size(); ++i) {
    if (!std::isfinite(similarities[i])) {
      throw Error(ErrorCode::invalid_argument, "similarity ", i, " is NaN or infinite");
    }
    if (i > 0 && similarities[i] > similarities[i - 1]) {
      throw Error(ErrorCode::invalid_argument, "similarity ", i, " is larger than the one before");
    }
  }
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::match:
      return "match";
    case Verdict::weak:
      return "weak";
    case Verdict::no_match:
      return "no match";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

Significance NullModel::assess(std::span<const float> query, std::span<const double> similarities,
                               int64_t rows, const SignificanceOptions& options) const {
  return assess(moments(query), similarities, rows, options);
}

Significance NullModel::assess(const SimilarityMoments& moments,
                               std::span<const double> similarities, int64_t rows,
                               const SignificanceOptions& options) const {
  check(moments, similarities, rows, options);
  Significance out;
  out.hits.resize(similarities.size());
  const NullDistribution& null = impl_->distribution;
  if (!null.usable() || moments.spread < kMinSpread) return out;
  if (similarities.empty()) {
    out.verdict = Verdict::no_match;
    return out;
  }
  out.p = null.best_p(null.score(moments, similarities[0]), rows);
  // Benjamini-Hochberg from the worst hit to the best: q of hit i is the least expected share of
  // hits by chance among the first j >= i. No hit is more certain than that there is any match.
  double q = 1;
  for (size_t i = similarities.size(); i-- > 0;) {
    const double expected = null.expected(null.score(moments, similarities[i]), rows);
    q = std::min(q, expected / static_cast<double>(i + 1));
    out.hits[i] = {std::min(1.0, expected / static_cast<double>(rows)), std::max(q, out.p)};
  }
  const auto above =
      std::ranges::partition_point(out.hits, [&](const auto& hit) { return hit.q <= options.fdr; });
  out.matches = above - out.hits.begin();
  out.verdict = out.matches > 0                 ? Verdict::match
                : out.hits[0].q <= options.weak ? Verdict::weak
                                                : Verdict::no_match;
  return out;
}

}  // namespace sightline
