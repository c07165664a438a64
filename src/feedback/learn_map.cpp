#include "feedback/learn_map.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "feedback/fit.h"
#include "feedback/mean_interval.h"

namespace sightline::feedback {
namespace {

constexpr int64_t kFolds = 5;
constexpr uint64_t kPurpose = 0x666f6c64;  // of random numbers

std::vector<float> centre_of(const Matrix& rows) {
  std::vector<double> sum(static_cast<size_t>(rows.dim));
  for (int64_t i = 0; i < rows.rows; ++i) {
    for (size_t d = 0; d < sum.size(); ++d) sum[d] += static_cast<double>(rows.row(i)[d]);
  }
  std::vector<float> mean;
  for (const double value : sum)
    mean.push_back(
        static_cast<float>(value / static_cast<double>(std::max<int64_t>(rows.rows, 1))));
  return mean;
}

// Quality of one query with a vector of its text.
double quality_of(const JudgedQueries& queries, size_t query, std::span<const double> text) {
  const auto scores = [&](const std::vector<int64_t>& images) {
    std::vector<double> out;
    for (const int64_t image : images) {
      const auto vector = queries.images.row(image);
      out.push_back(std::inner_product(text.begin(), text.end(), vector.begin(), 0.0));
    }
    return out;
  };
  return separation(scores(queries.relevant[query]), scores(queries.irrelevant[query]));
}

// Number of the fold of each group.
std::vector<int64_t> folds_of(int64_t groups, uint64_t seed) {
  std::vector<int64_t> order(static_cast<size_t>(groups));
  std::iota(order.begin(), order.end(), int64_t{0});
  Random({seed, kPurpose}).shuffle(order);
  std::vector<int64_t> folds(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    folds[static_cast<size_t>(order[i])] = static_cast<int64_t>(i) % kFolds;
  return folds;
}

struct Qualities {
  std::vector<double> before, after;  // one per query
};

// Quality of each query, with the map that was learned from queries of other folds.
Qualities cross_validate(const JudgedQueries& queries, std::span<const float> centre,
                         const LearningOptions& options, int64_t groups) {
  const std::vector<int64_t> folds = folds_of(groups, options.statistics.seed);
  const auto count = static_cast<size_t>(queries.texts.rows);
  Qualities out{std::vector<double>(count), std::vector<double>(count)};
  for (int64_t fold = 0; fold < kFolds; ++fold) {
    if (options.progress) options.progress({"testing on held-out queries", fold, kFolds, "", ""});
    std::vector<int64_t> kept, held;
    for (size_t q = 0; q < count; ++q) {
      const bool own = folds[static_cast<size_t>(queries.groups[q])] == fold;
      (own ? held : kept).push_back(static_cast<int64_t>(q));
    }
    const FitData data(queries, kept, centre);
    const CorrectionMap map = data.fit(data.choose());
    for (const int64_t q : held) {
      const auto text = queries.texts.row(q);
      const auto at = static_cast<size_t>(q);
      out.before[at] = quality_of(queries, at, std::vector<double>(text.begin(), text.end()));
      out.after[at] = quality_of(queries, at, map.corrected(text));
    }
  }
  return out;
}

// Sums `values` of the queries over groups.
RatioStatistic sum_groups(const JudgedQueries& queries, const std::vector<double>& values,
                          int64_t groups) {
  RatioStatistic out{std::vector<double>(static_cast<size_t>(groups)),
                     std::vector<double>(static_cast<size_t>(groups))};
  for (size_t q = 0; q < values.size(); ++q) {
    const auto group = static_cast<size_t>(queries.groups[q]);
    out.sum[group] += values[q];
    out.weight[group] += 1;
  }
  return out;
}

// Whether relevant images are less similar than irrelevant ones, more often than by chance.
bool contradicts(const JudgedQueries& queries, const std::vector<double>& before, int64_t groups,
                 const LearningOptions& options) {
  if (mean_of(before) >= 0) return false;
  return sign_flip_test(sum_groups(queries, before, groups).sum, options.statistics.permutations,
                        options.statistics.seed)
             .p <= options.level;
}

void add_statistics(const JudgedQueries& queries, const Qualities& qualities, int64_t groups,
                    const LearningOptions& options, CorrectionFigures& figures) {
  std::vector<double> differences;
  for (size_t q = 0; q < qualities.before.size(); ++q)
    differences.push_back(qualities.after[q] - qualities.before[q]);
  figures.before = mean_of(qualities.before);
  figures.after = mean_of(qualities.after);
  figures.difference = mean_of(differences);
  const RatioStatistic sums = sum_groups(queries, differences, groups);
  const StatisticsOptions& statistics = options.statistics;
  figures.p = sign_flip_test(sums.sum, statistics.permutations, statistics.seed).p;
  figures.interval = ratio_interval(sums, statistics);
}

// Mean share of the best ten images of unjudged texts that stay.
double overlap_of(const CorrectionMap& map, const Matrix& background,
                  const VectorIndex& collection) {
  constexpr int kBest = 10;
  Matrix moved = background;
  for (int64_t i = 0; i < moved.rows; ++i) map.apply(moved.row(i));
  const auto before = collection.search(background, {.k = kBest});
  const auto after = collection.search(moved, {.k = kBest});
  double sum = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    std::set<int64_t> kept;
    for (const Hit& hit : before[i]) kept.insert(hit.index);
    const auto stayed =
        std::ranges::count_if(after[i], [&](const Hit& hit) { return kept.contains(hit.index); });
    sum += static_cast<double>(stayed) / static_cast<double>(std::max<size_t>(kept.size(), 1));
  }
  return sum / static_cast<double>(std::max<size_t>(before.size(), 1));
}

std::string percent(double share) {
  return message(std::lround(100 * share), " %");
}

// Returns why the figures do not allow a correction; empty if they do.
std::string refusal(const CorrectionFigures& figures, const LearningOptions& options) {
  if (figures.difference <= 0) return "queries that were held out did not improve";
  if (figures.p > options.level)
    return message("the improvement of queries that were held out may be chance (p = ",
                   std::to_string(figures.p), ", at most ", options.level, " is accepted)");
  if (figures.overlap < options.min_overlap)
    return message("texts that were not judged would keep only ", percent(figures.overlap),
                   " of their best ten images, at least ", percent(options.min_overlap),
                   " are required");
  return "";
}

}  // namespace

LearnedMap learn_map(const JudgedQueries& queries, const Matrix& background,
                     const VectorIndex& collection, const LearningOptions& options) {
  LearnedMap out;
  CorrectionFigures& figures = out.figures;
  figures.judgements = queries.judgements;
  figures.queries = queries.texts.rows;
  const auto groups =
      static_cast<int64_t>(std::set(queries.groups.begin(), queries.groups.end()).size());
  figures.groups = groups;
  if (groups < std::max<int64_t>(options.min_groups, kFolds)) {
    figures.reason = message("relevant and irrelevant images were judged for ",
                             counted(groups, "query", "different queries"), ", at least ",
                             std::max<int64_t>(options.min_groups, kFolds), " are needed");
    return out;
  }
  const std::vector<float> centre = centre_of(background);
  const Qualities qualities = cross_validate(queries, centre, options, groups);
  add_statistics(queries, qualities, groups, options, figures);
  if (contradicts(queries, qualities.before, groups, options)) {
    figures.reason = message(
        "the judgements contradict the model: images judged irrelevant are more similar to their "
        "queries than relevant ones, by ",
        std::to_string(-figures.before), " standard deviations");
    return out;
  }
  std::vector<int64_t> all(static_cast<size_t>(queries.texts.rows));
  std::iota(all.begin(), all.end(), int64_t{0});
  const FitData data(queries, all, centre);
  const FitSettings settings = data.choose();
  out.map = data.fit(settings);
  figures.ridge = settings.ridge;
  figures.step = settings.step;
  figures.away = settings.away;
  figures.overlap = overlap_of(out.map, background, collection);
  figures.reason = refusal(figures, options);
  figures.accepted = figures.reason.empty();
  if (figures.accepted) {
    figures.reason = "queries that were held out improved";
  } else {
    out.map = {};
  }
  return out;
}

}  // namespace sightline::feedback
