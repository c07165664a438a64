// Metrics, intervals and tests of a classification.
#include <sightline/classification.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>

#include "base/parallel.h"
#include "eval/bootstrap.h"
#include "eval/classification/average_precision.h"
#include "eval/intervals.h"
#include "eval/uncertainty.h"

namespace sightline {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kLeastClassesOf5 = 5;

using Values = std::array<double, kClassMetricCount>;

// Images, and those with rank 1 and up to 5, of a sample. `classes`: per class, images and those
// with rank 1.
struct Counts {
  double images = 0, first = 0, five = 0;
  std::vector<double> class_images, class_first;

  explicit Counts(size_t classes) : class_images(classes), class_first(classes) {}

  void add(size_t image_class, int64_t rank, double times) {
    images += times;
    class_images[image_class] += times;
    if (rank <= 5) five += times;
    if (rank > 1) return;
    first += times;
    class_first[image_class] += times;
  }

  // Mean and number of the recalls of classes that have an image.
  std::pair<double, double> recalls() const {
    double sum = 0, count = 0;
    for (size_t c = 0; c < class_images.size(); ++c) {
      if (class_images[c] == 0) continue;
      sum += class_first[c] / class_images[c];
      ++count;
    }
    return {sum / count, count};
  }

  Values values(bool has_five) const {
    return {first / images, has_five ? five / images : kNan, recalls().first, kNan};
  }
};

bool has_five(const ClassificationResult& result) {
  return static_cast<int64_t>(result.classes.size()) >= kLeastClassesOf5;
}

size_t class_of(const ClassificationResult& result, size_t image) {
  return static_cast<size_t>(result.images[image].image_class);
}

Counts count_all(const ClassificationResult& result, const ClassifiedModel& model) {
  Counts counts(result.classes.size());
  for (size_t i = 0; i < result.images.size(); ++i)
    counts.add(class_of(result, i), model.ranks[i], 1);
  return counts;
}

// Computes the values of a model on samples of the images of a result.
class Sampler {
 public:
  explicit Sampler(const ClassificationResult& result) : result_(result) {
    if (result.multilabel) precisions_.emplace(result);
  }

  // Values with image i drawn[i] times.
  Values values(const ClassifiedModel& model, std::span<const int32_t> drawn) const {
    if (precisions_) return {kNan, kNan, kNan, mean_of_defined(precisions_->of(model, drawn))};
    Counts counts(result_.classes.size());
    for (size_t i = 0; i < drawn.size(); ++i)
      if (drawn[i] > 0) counts.add(class_of(result_, i), model.ranks[i], drawn[i]);
    return counts.values(has_five(result_));
  }

  // Values without one image each: [metric][image]; empty for a metric that is not defined. Without
  // the only image of its class, the class does not count.
  std::vector<std::vector<double>> leave_one_out(const ClassifiedModel& model) const {
    if (precisions_) return {{}, {}, {}, precisions_->means_without_each(model)};
    const Counts all = count_all(result_, model);
    const auto [mean, classes] = all.recalls();
    std::vector<std::vector<double>> values(3, std::vector<double>(result_.images.size()));
    for (size_t i = 0; i < result_.images.size(); ++i) {
      const size_t c = class_of(result_, i);
      const double first = model.ranks[i] <= 1, five = model.ranks[i] <= 5;
      values[0][i] = (all.first - first) / (all.images - 1);
      values[1][i] = (all.five - five) / (all.images - 1);
      const double others = mean * classes - all.class_first[c] / all.class_images[c];
      values[2][i] =
          all.class_images[c] > 1
              ? (others + (all.class_first[c] - first) / (all.class_images[c] - 1)) / classes
              : others / (classes - 1);
    }
    values.emplace_back();
    return values;
  }

 private:
  const ClassificationResult& result_;
  std::optional<AveragePrecisions> precisions_;
};

// [model][metric][resample]; every model with the same draws.
using Resampled = std::vector<std::vector<std::vector<double>>>;

// Moves the values so that their mean is `estimate`. Copies of an image in a resample raise the
// average precision of its classes: with few images per class, most resamples are above it.
void center_on(double estimate, std::vector<double>& values) {
  const double mean = mean_of_defined(values);
  for (double& value : values) value += estimate - mean;
}

Resampled resample(const ClassificationResult& result, const Sampler& sampler,
                   const ProgressFn& progress) {
  const int64_t chunk_size = result.multilabel ? 64 : 512;  // an average precision takes longer
  const int64_t resamples = result.statistics.resamples;
  Resampled out(result.models.size(),
                std::vector<std::vector<double>>(
                    kClassMetricCount, std::vector<double>(static_cast<size_t>(resamples))));
  for (int64_t chunk = 0; chunk < resamples; chunk += chunk_size) {
    const int64_t here = std::min(chunk_size, resamples - chunk);
    parallel_for(here, 1, [&](int64_t begin, int64_t end) {
      std::vector<int32_t> drawn(result.images.size());
      for (int64_t r = chunk + begin; r < chunk + end; ++r) {
        draw_clusters(r, result.statistics.seed, drawn);
        for (size_t m = 0; m < result.models.size(); ++m) {
          const Values values = sampler.values(result.models[m], drawn);
          for (size_t k = 0; k < values.size(); ++k) out[m][k][static_cast<size_t>(r)] = values[k];
        }
      }
    });
    if (progress) progress({"bootstrap", chunk + here, resamples, ""});
  }
  if (!result.multilabel) return out;
  for (size_t m = 0; m < out.size(); ++m) {
    const auto k = static_cast<size_t>(ClassMetric::mean_average_precision);
    center_on(result.models[m].values[k], out[m][k]);
  }
  return out;
}

// The share of each image in a difference by the jackknife: what the difference loses without the
// image, moved by a constant so that the shares sum to the difference. `left_out`: the differences
// without one image each.
std::vector<double> jackknife_parts(double difference, std::vector<double> left_out) {
  const auto n = static_cast<double>(left_out.size());
  for (double& value : left_out)
    if (!std::isfinite(value)) value = difference;  // no class is left without this image
  const double mean = std::accumulate(left_out.begin(), left_out.end(), 0.0) / n;
  for (double& value : left_out) value = difference / n + (n - 1) / n * (mean - value);
  return left_out;
}

// The parts of the images in the difference of two models; their sum is the difference.
std::vector<double> parts_of_difference(const ClassificationResult& result, ClassMetric metric,
                                        const ClassifiedModel& a, const ClassifiedModel& b) {
  const Counts counts = count_all(result, a);
  const double classes = counts.recalls().second;
  const int64_t depth = metric == ClassMetric::accuracy_at_5 ? 5 : 1;
  std::vector<double> parts(result.images.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    const double weight = metric == ClassMetric::mean_per_class_recall
                              ? counts.class_images[class_of(result, i)] * classes
                              : counts.images;
    parts[i] =
        (static_cast<double>(a.ranks[i] <= depth) - static_cast<double>(b.ranks[i] <= depth)) /
        weight;
  }
  return parts;
}

ClassComparison compare(const ClassificationResult& result, const Sampler& sampler,
                        const Resampled& resampled, ClassMetric metric, size_t a, size_t b) {
  const auto k = static_cast<size_t>(metric);
  const ClassifiedModel &first = result.models[a], &second = result.models[b];
  ClassComparison out;
  out.metric = metric;
  out.a = static_cast<int>(a);
  out.b = static_cast<int>(b);
  out.difference = first.values[k] - second.values[k];
  std::vector<double> left_out = sampler.leave_one_out(first)[k];
  const std::vector<double> other = sampler.leave_one_out(second)[k];
  for (size_t i = 0; i < left_out.size(); ++i) left_out[i] -= other[i];
  if (result.statistics.resamples > 0) {
    std::vector<double> values = resampled[a][k];
    for (size_t r = 0; r < values.size(); ++r) values[r] -= resampled[b][k][r];
    out.interval = bca_interval(out.difference, values, left_out, result.statistics.confidence);
  }
  const PermutationResult test =
      sign_flip_test(result.multilabel ? jackknife_parts(out.difference, std::move(left_out))
                                       : parts_of_difference(result, metric, first, second),
                     result.statistics.permutations, result.statistics.seed);
  out.p = test.p;
  out.exact = test.exact;
  return out;
}

void compare_models(ClassificationResult& result, const Sampler& sampler,
                    const Resampled& resampled) {
  for (const ClassMetric metric : metrics_of(result)) {
    if (metric == ClassMetric::accuracy_at_5 && !has_five(result)) continue;
    std::vector<ClassComparison> family;
    std::vector<double> p;
    for (size_t a = 0; a < result.models.size(); ++a) {
      for (size_t b = a + 1; b < result.models.size(); ++b) {
        family.push_back(compare(result, sampler, resampled, metric, a, b));
        p.push_back(family.back().p);
      }
    }
    const std::vector<double> corrected = holm(p);
    for (size_t i = 0; i < family.size(); ++i) family[i].p_corrected = corrected[i];
    std::ranges::move(family, std::back_inserter(result.comparisons));
  }
}

void set_precisions(const ClassificationResult& result, ClassifiedModel& model) {
  const auto is_whole = [&](const auto& order) { return order.size() == result.images.size(); };
  if (model.orders.size() != result.classes.size() || !std::ranges::all_of(model.orders, is_whole))
    throw Error(ErrorCode::invalid_argument, "the model '", model.label, "' has no order of the ",
                result.images.size(), " images for each of the ", result.classes.size(),
                " classes");
  model.average_precision = AveragePrecisions(result).of(model);
  model.values = {kNan, kNan, kNan, mean_of_defined(model.average_precision)};
  if (std::isnan(model.values[3])) throw Error(ErrorCode::invalid_argument, "no image has a class");
}

void set_values(const ClassificationResult& result, ClassifiedModel& model) {
  model.intervals = {};
  if (result.multilabel) return set_precisions(result, model);
  if (model.ranks.size() != result.images.size()) {
    throw Error(ErrorCode::invalid_argument, "the model '", model.label, "' has ",
                model.ranks.size(), " ranks, expected ", result.images.size());
  }
  const Counts counts = count_all(result, model);
  model.values = counts.values(has_five(result));
  model.class_recall.clear();
  for (size_t c = 0; c < result.classes.size(); ++c) {
    const double images = counts.class_images[c];
    model.class_recall.push_back(images > 0 ? counts.class_first[c] / images : kNan);
  }
}

// The mean over the classes that have an image.
double chance_precision(const ClassificationResult& result) {
  std::vector<double> positives(result.classes.size());
  for (const LabeledImage& image : result.images)
    for (const int64_t c : image.classes) ++positives[static_cast<size_t>(c)];
  std::erase(positives, 0);
  const double sum = std::accumulate(positives.begin(), positives.end(), 0.0);
  return expected_average_precision(sum / static_cast<double>(positives.size()),
                                    static_cast<int64_t>(result.images.size()));
}

}  // namespace

void summarize_classification(ClassificationResult& result, const ProgressFn& progress) {
  check_statistics(result.statistics);
  result.comparisons.clear();
  if (result.images.empty())
    throw Error(ErrorCode::invalid_argument, "a classification needs at least one image");
  for (ClassifiedModel& model : result.models) set_values(result, model);
  const Sampler sampler(result);
  Resampled resampled = resample(result, sampler, progress);
  if (result.statistics.permutations > 0) compare_models(result, sampler, resampled);
  if (result.statistics.resamples == 0) return;
  for (size_t m = 0; m < result.models.size(); ++m) {
    ClassifiedModel& model = result.models[m];
    const auto left_out = sampler.leave_one_out(model);
    for (size_t k = 0; k < model.values.size(); ++k) {
      if (std::isnan(model.values[k])) continue;
      const Interval interval =
          bca_interval(model.values[k], resampled[m][k], left_out[k], result.statistics.confidence);
      model.intervals[k] = {std::max(0.0, interval.low), std::min(1.0, interval.high)};
    }
  }
}

double chance_of(const ClassificationResult& result, ClassMetric metric) {
  const auto classes = static_cast<double>(result.classes.size());
  if ((metric == ClassMetric::mean_average_precision) != result.multilabel) return kNan;
  if (result.multilabel) return chance_precision(result);
  if (metric != ClassMetric::accuracy_at_5) return 1 / classes;
  return has_five(result) ? 5 / classes : kNan;
}

std::vector<int> best_models(const ClassificationResult& result, ClassMetric metric) {
  const auto k = static_cast<size_t>(metric);
  double best = -std::numeric_limits<double>::infinity();
  for (const ClassifiedModel& model : result.models) best = std::max(best, model.values[k]);
  std::vector<bool> worse(result.models.size(), false);
  for (const ClassComparison& c : result.comparisons) {
    if (c.metric != metric || !is_significant(c) || c.difference == 0) continue;
    const auto winner = static_cast<size_t>(c.difference > 0 ? c.a : c.b);
    const auto loser = static_cast<size_t>(c.difference > 0 ? c.b : c.a);
    if (result.models[winner].values[k] == best) worse[loser] = true;
  }
  std::vector<int> models;
  for (size_t m = 0; m < worse.size(); ++m)
    if (!worse[m]) models.push_back(static_cast<int>(m));
  if (models.size() == worse.size()) models.clear();
  return models;
}

}  // namespace sightline
