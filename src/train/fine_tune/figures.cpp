#include "train/fine_tune/figures.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "eval/bootstrap.h"
#include "eval/intervals.h"

namespace sightline {
namespace {

// The figures of each direction.
constexpr std::array kNames = {"R@1", "R@5", "R@10", "MRR"};

double value_of(size_t figure, int64_t rank) {
  constexpr std::array<int64_t, 3> kCuts = {1, 5, 10};
  return figure < kCuts.size() ? static_cast<double>(rank <= kCuts[figure])
                               : 1 / static_cast<double>(rank);
}

// Adds the figures of one direction. `image_of(q)`: the image of query q.
template <typename ImageOf>
void add_direction(FigureSums& sums, const std::vector<int64_t>& ranks, int64_t candidates,
                   int64_t images, const ImageOf& image_of) {
  const auto count = static_cast<size_t>(images);
  const size_t first = sums.size();
  sums.resize(first + kNames.size(), {std::vector<double>(count), std::vector<double>(count)});
  for (size_t q = 0; q < ranks.size(); ++q) {
    if (ranks[q] <= 0) continue;  // an image without a text
    const auto image = static_cast<size_t>(image_of(q));
    for (size_t f = 0; f < kNames.size(); ++f) {
      if (ranks[q] <= candidates) sums[first + f].sum[image] += value_of(f, ranks[q]);
      sums[first + f].weight[image] += 1;
    }
  }
}

double total(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

Interval interval_of_difference(const RatioStatistic& before, const RatioStatistic& after,
                                const std::vector<double>& resampled_before,
                                const std::vector<double>& resampled_after, double confidence) {
  std::vector<double> values = resampled_after, jackknifed = jackknife(after);
  const std::vector<double> jackknifed_before = jackknife(before);
  for (size_t i = 0; i < values.size(); ++i) values[i] -= resampled_before[i];
  for (size_t i = 0; i < jackknifed.size(); ++i) jackknifed[i] -= jackknifed_before[i];
  return bca_interval(mean_of(after) - mean_of(before), values, jackknifed, confidence);
}

}  // namespace

const std::vector<std::string>& fine_tune_figures() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const char* direction : {"text-to-image", "image-to-text"}) {
      for (const char* name : kNames) all.push_back(std::string(direction) + " " + name);
    }
    return all;
  }();
  return names;
}

size_t figure_index(const std::string& name) {
  const auto& names = fine_tune_figures();
  for (size_t i = 0; i < names.size(); ++i) {
    if (name == names[i] || "text-to-image " + name == names[i]) return i;
  }
  std::string all;
  for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
  throw Error(ErrorCode::invalid_argument, "'", printable(name), "' is not a figure, expected ",
              all);
}

FigureSums figure_sums(const RetrievalSet& set, const RetrievalRanks& ranks) {
  FigureSums sums;
  add_direction(sums, ranks.text_rank, set.images.rows, set.images.rows,
                [&](size_t text) { return set.text_image[text]; });
  add_direction(sums, ranks.image_rank, set.texts.rows, set.images.rows,
                [](size_t image) { return image; });
  return sums;
}

double mean_of(const RatioStatistic& figure) {
  const double weight = total(figure.weight);
  return weight > 0 ? total(figure.sum) / weight : 0;
}

ChoiceFigures choice_figures(const RetrievalSet& set, const std::string& metric) {
  const FigureSums sums = figure_sums(set, rank_pairs(set));
  const size_t main = figure_index(metric);
  const size_t rank = main / kNames.size() * kNames.size() + kNames.size() - 1;
  return {{mean_of(sums[rank]), mean_of(sums[main])}, sums[rank]};
}

ChoiceValue choice_value(const RetrievalSet& set, const std::string& metric) {
  return choice_figures(set, metric).value;
}

bool is_within_standard_error(const RatioStatistic& other, const RatioStatistic& best) {
  const auto count = static_cast<double>(best.sum.size());
  double sum = 0, squares = 0;
  for (size_t i = 0; i < best.sum.size(); ++i) {
    const double difference = best.sum[i] - other.sum[i];
    sum += difference;
    squares += difference * difference;
  }
  const double variance = std::max(0.0, squares - sum * sum / count) / std::max(1.0, count - 1);
  return sum <= std::sqrt(variance * count);
}

std::vector<PairedFigure> compare_figures(const FigureSums& before, const FigureSums& after,
                                          const std::string& metric,
                                          const StatisticsOptions& options,
                                          const ProgressFn& progress) {
  FigureSums both = before;
  both.insert(both.end(), after.begin(), after.end());
  const auto images = static_cast<int64_t>(before.front().sum.size());
  const ResampledStatistics resampled = bootstrap(images, both, {}, options.resamples, options.seed,
                                                  progress, "comparing the models");
  std::vector<PairedFigure> figures;
  for (size_t f = 0; f < before.size(); ++f) {
    PairedFigure figure;
    figure.name = fine_tune_figures()[f];
    figure.queries = static_cast<int64_t>(total(before[f].weight));
    figure.before = mean_of(before[f]);
    figure.after = mean_of(after[f]);
    figure.difference = figure.after - figure.before;
    const Interval interval =
        interval_of_difference(before[f], after[f], resampled.ratios[f],
                               resampled.ratios[before.size() + f], options.confidence);
    figure.low = interval.low;
    figure.high = interval.high;
    std::vector<double> differences = after[f].sum;
    for (size_t i = 0; i < differences.size(); ++i) differences[i] -= before[f].sum[i];
    figure.p = sign_flip_test(differences, options.permutations, options.seed).p;
    figures.push_back(std::move(figure));
  }
  const auto main = figures.begin() + static_cast<std::ptrdiff_t>(figure_index(metric));
  std::rotate(figures.begin(), main, main + 1);
  return figures;
}

}  // namespace sightline
