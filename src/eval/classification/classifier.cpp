// The classifier of prompts, and the ranks of the classes.
#include <sightline/classification.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "eval/similarity.h"

namespace sightline {

const char* class_metric_name(ClassMetric metric) {
  switch (metric) {
    case ClassMetric::accuracy_at_1:
      return "acc1";
    case ClassMetric::accuracy_at_5:
      return "acc5";
    case ClassMetric::mean_per_class_recall:
      return "mean_per_class_recall";
    case ClassMetric::mean_average_precision:
      return "mean_average_precision";
  }
  return "";
}

std::vector<ClassMetric> metrics_of(const ClassificationResult& result) {
  if (result.multilabel) return {ClassMetric::mean_average_precision};
  return {ClassMetric::accuracy_at_1, ClassMetric::accuracy_at_5,
          ClassMetric::mean_per_class_recall};
}

ClassMetric main_metric(const ClassificationResult& result) {
  return metrics_of(result).front();
}

// clip_benchmark/metrics/zeroshot_classification.py, zero_shot_classifier. The mean is scaled to
// unit length, so the sum serves as well.
Matrix zero_shot_classifier(const Matrix& prompts, std::span<const int64_t> classes,
                            int64_t class_count) {
  if (class_count < 1 || prompts.rows != static_cast<int64_t>(classes.size())) {
    throw Error(ErrorCode::invalid_argument, "a classifier needs a class for each of the ",
                prompts.rows, " prompts, found ", classes.size());
  }
  const auto dim = static_cast<size_t>(prompts.dim);
  std::vector<double> sums(static_cast<size_t>(class_count) * dim);
  for (int64_t p = 0; p < prompts.rows; ++p) {
    const int64_t c = classes[static_cast<size_t>(p)];
    if (c < 0 || c >= class_count)
      throw Error(ErrorCode::invalid_argument, "prompt ", p, " has the class ", c, " of ",
                  class_count);
    const std::span<const float> vector = prompts.row(p);
    for (size_t d = 0; d < dim; ++d) sums[static_cast<size_t>(c) * dim + d] += vector[d];
  }
  Matrix classifier(class_count, prompts.dim);
  for (int64_t c = 0; c < class_count; ++c) {
    const double* sum = sums.data() + static_cast<size_t>(c) * dim;
    double squares = 0;
    for (size_t d = 0; d < dim; ++d) squares += sum[d] * sum[d];
    const double length = std::sqrt(squares);
    if (!(length > 0))
      throw Error(ErrorCode::invalid_argument, "class ", c,
                  " has no prompt, or the mean of its prompts is zero");
    for (size_t d = 0; d < dim; ++d) classifier.row(c)[d] = static_cast<float>(sum[d] / length);
  }
  return classifier;
}

void classify(const Matrix& images, const Matrix& classifier, std::span<const int64_t> labels,
              ClassifiedModel& model) {
  const auto count = static_cast<size_t>(images.rows);
  if (labels.size() != count || images.dim != classifier.dim) {
    throw Error(ErrorCode::invalid_argument, "cannot classify ", images.rows, " images of ",
                images.dim, " dimensions with ", labels.size(), " labels and a classifier of ",
                classifier.dim, " dimensions");
  }
  std::vector<double> own(count), best(count);
  for (size_t i = 0; i < count; ++i) {
    if (labels[i] < 0 || labels[i] >= classifier.rows)
      throw Error(ErrorCode::invalid_argument, "image ", i, " has the class ", labels[i], " of ",
                  classifier.rows);
    own[i] = similarity(images.row(static_cast<int64_t>(i)), classifier.row(labels[i]));
  }
  model.ranks.assign(count, 1);
  model.predicted.assign(count, -1);
  for_each_similarity(images, classifier,
                      [&](int64_t query, int64_t first, std::span<const double> values) {
                        const auto i = static_cast<size_t>(query);
                        for (size_t v = 0; v < values.size(); ++v) {
                          const int64_t c = first + static_cast<int64_t>(v);
                          if (model.predicted[i] < 0 || values[v] > best[i]) {
                            model.predicted[i] = c;
                            best[i] = values[v];
                          }
                          model.ranks[i] += c != labels[i] && values[v] >= own[i];
                        }
                      });
}

void rank_images(const Matrix& images, const Matrix& classifier,
                 std::span<const std::vector<int64_t>> labels, ClassifiedModel& model) {
  const auto count = static_cast<size_t>(images.rows);
  if (labels.size() != count || images.dim != classifier.dim ||
      images.rows > std::numeric_limits<int32_t>::max()) {
    throw Error(ErrorCode::invalid_argument, "cannot rank ", images.rows, " images of ", images.dim,
                " dimensions with the labels of ", labels.size(), " and a classifier of ",
                classifier.dim, " dimensions");
  }
  for (size_t i = 0; i < count; ++i) {
    for (const int64_t c : labels[i])
      if (c < 0 || c >= classifier.rows)
        throw Error(ErrorCode::invalid_argument, "image ", i, " has the class ", c, " of ",
                    classifier.rows);
  }
  model.orders.assign(static_cast<size_t>(classifier.rows), std::vector<int32_t>(count));
  // The similarities of few classes at a time, in memory.
  constexpr int64_t kClasses = 16;
  std::vector<double> similarities;
  for (int64_t first = 0; first < classifier.rows; first += kClasses) {
    const int64_t here = std::min(kClasses, classifier.rows - first);
    Matrix some(here, classifier.dim);
    for (int64_t c = 0; c < here; ++c)
      std::ranges::copy(classifier.row(first + c), some.row(c).begin());
    similarities.assign(static_cast<size_t>(here) * count, 0);
    for_each_similarity(
        some, images, [&](int64_t c, int64_t image, std::span<const double> values) {
          std::ranges::copy(
              values, similarities.begin() +
                          static_cast<std::ptrdiff_t>(static_cast<size_t>(c) * count) + image);
        });
    parallel_for(here, 1, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        const double* values = similarities.data() + static_cast<size_t>(c) * count;
        const auto has_class = [&](int32_t i) {
          return std::ranges::binary_search(labels[static_cast<size_t>(i)], first + c);
        };
        std::vector<int32_t>& order = model.orders[static_cast<size_t>(first + c)];
        std::iota(order.begin(), order.end(), 0);
        std::ranges::sort(order, [&](int32_t a, int32_t b) {
          if (values[a] != values[b]) return values[a] > values[b];
          const bool of_a = has_class(a), of_b = has_class(b);
          return of_a != of_b ? of_b : a < b;
        });
      }
    });
  }
}

}  // namespace sightline
