#include "feedback/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/parallel.h"

namespace sightline::feedback {
namespace {

// From strong to weak shrinkage.
constexpr std::array kRidges = {30.0, 10.0, 3.0, 1.0, 0.3, 0.1};
constexpr std::array kSteps = {0.25, 0.5, 1.0, 2.0};
constexpr std::array kAways = {0.0, 0.5, 1.0};

double dot(std::span<const float> image, const double* vector) {
  double sum = 0;
  for (size_t d = 0; d < image.size(); ++d) sum += static_cast<double>(image[d]) * vector[d];
  return sum;
}

void write_mean_difference(const Matrix& images, std::span<const int64_t> rows,
                           std::span<const float> text, double* to) {
  for (size_t d = 0; d < text.size(); ++d) {
    double sum = 0;
    for (const int64_t row : rows) sum += static_cast<double>(images.row(row)[d]);
    to[d] = sum / static_cast<double>(rows.size()) - static_cast<double>(text[d]);
  }
}

}  // namespace

double separation(std::span<const double> relevant, std::span<const double> irrelevant) {
  double sums[2] = {0, 0}, squares = 0;
  const std::span<const double> kinds[2] = {relevant, irrelevant};
  for (size_t kind = 0; kind < 2; ++kind) {
    for (const double similarity : kinds[kind]) {
      sums[kind] += similarity;
      squares += similarity * similarity;
    }
  }
  const auto count = static_cast<double>(relevant.size() + irrelevant.size());
  const double mean = (sums[0] + sums[1]) / count;
  const double variance = squares / count - mean * mean;
  if (!(variance > 1e-12 * squares / count)) return 0;
  return (sums[0] / static_cast<double>(relevant.size()) -
          sums[1] / static_cast<double>(irrelevant.size())) /
         std::sqrt(variance);
}

FitData::FitData(const JudgedQueries& queries, std::span<const int64_t> rows,
                 std::span<const float> centre)
    : queries_(queries),
      rows_(rows.begin(), rows.end()),
      centre_(centre.begin(), centre.end()),
      texts_(static_cast<int64_t>(rows.size()), queries.texts.dim),
      targets_(static_cast<int64_t>(rows.size()), 2 * queries.texts.dim) {
  const int64_t dim = queries.texts.dim;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const int64_t row = rows_[i];
    const auto query = static_cast<size_t>(row);
    const auto text = queries.texts.row(row);
    for (int64_t d = 0; d < dim; ++d) {
      texts_.row(static_cast<int64_t>(i))[d] = static_cast<double>(text[static_cast<size_t>(d)]) -
                                               static_cast<double>(centre_[static_cast<size_t>(d)]);
    }
    double* target = targets_.row(static_cast<int64_t>(i));
    write_mean_difference(queries.images, queries.relevant[query], text, target);
    write_mean_difference(queries.images, queries.irrelevant[query], text, target + dim);
    groups_.push_back(queries.groups[query]);
  }
  kernel_ = gram(texts_);
  for (int64_t i = 0; i < kernel_.rows; ++i) scale_ += kernel_.row(i)[i];
  scale_ = std::max(scale_ / static_cast<double>(std::max<int64_t>(kernel_.rows, 1)), 1e-9);
}

FitSettings FitData::choose() const {
  constexpr size_t kCells = kSteps.size() * kAways.size();
  std::array<std::array<double, kCells>, kRidges.size()> qualities{};
  const int64_t dim = texts_.columns;
  parallel_each(static_cast<int64_t>(kRidges.size()), [&](int, int64_t r) {
    const RidgeInverse inverse(kernel_, kRidges[static_cast<size_t>(r)] * scale_);
    const Table predictions = inverse.predict_without_group(targets_, groups_);
    for (size_t i = 0; i < rows_.size(); ++i) {
      const auto query = static_cast<size_t>(rows_[i]);
      const auto text = queries_.texts.row(rows_[i]);
      const std::vector<double> exact(text.begin(), text.end());
      const double* prediction = predictions.row(static_cast<int64_t>(i));
      // Scores of the judged images: with the text, towards relevant, towards irrelevant.
      const auto parts = [&](const std::vector<int64_t>& images) {
        std::vector<std::array<double, 3>> out;
        for (const int64_t image : images) {
          const auto vector = queries_.images.row(image);
          out.push_back(
              {dot(vector, exact.data()), dot(vector, prediction), dot(vector, prediction + dim)});
        }
        return out;
      };
      const auto relevant = parts(queries_.relevant[query]);
      const auto irrelevant = parts(queries_.irrelevant[query]);
      for (size_t cell = 0; cell < kCells; ++cell) {
        const double step = kSteps[cell / kAways.size()], away = kAways[cell % kAways.size()];
        const auto scores = [&](const std::vector<std::array<double, 3>>& from) {
          std::vector<double> out;
          for (const auto& [text_part, towards, from_part] : from)
            out.push_back(text_part + step * (towards - away * from_part));
          return out;
        };
        qualities[static_cast<size_t>(r)][cell] += separation(scores(relevant), scores(irrelevant));
      }
    }
  });
  FitSettings best;
  double best_quality = -std::numeric_limits<double>::infinity();
  for (size_t r = 0; r < kRidges.size(); ++r) {
    for (size_t cell = 0; cell < kCells; ++cell) {
      if (qualities[r][cell] <= best_quality + 1e-9) continue;
      best_quality = qualities[r][cell];
      best = {kRidges[r], kSteps[cell / kAways.size()], kAways[cell % kAways.size()]};
    }
  }
  return best;
}

CorrectionMap FitData::fit(const FitSettings& settings) const {
  const int64_t count = texts_.rows, dim = texts_.columns;
  Table wanted(count, dim);
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t d = 0; d < dim; ++d)
      wanted.row(i)[d] = targets_.row(i)[d] - settings.away * targets_.row(i)[dim + d];
  }
  const Table coefficients = RidgeInverse(kernel_, settings.ridge * scale_).times(wanted);
  CorrectionMap map;
  map.centre = centre_;
  map.inputs = map.outputs = Matrix(count, dim);
  for (size_t i = 0; i < texts_.values.size(); ++i) {
    map.inputs.values[i] = static_cast<float>(texts_.values[i]);
    map.outputs.values[i] = static_cast<float>(settings.step * coefficients.values[i]);
  }
  return with_low_rank(std::move(map));
}

}  // namespace sightline::feedback
