// The classifier of prompts, and the ranks of the classes.
#include <sightline/classification.h>
#include <sightline/error.h>

#include <cmath>

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
  }
  return "";
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

}  // namespace sightline
