// The contrastive loss of mapped vectors and its gradient.
#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "train/fine_tune/adapter.h"
#include "train/fine_tune/products.h"

namespace sightline {
namespace {

// Mapped vectors: their unit vectors and lengths.
struct Mapped {
  Matrix unit;
  std::vector<float> length;
};

Mapped map_rows(const Matrix& vectors, const Matrix& map) {
  Mapped mapped{product(vectors, transposed(map)), {}};
  for (int64_t i = 0; i < mapped.unit.rows; ++i) {
    double sum = 0;
    for (const float x : mapped.unit.row(i)) sum += static_cast<double>(x) * x;
    const double length = std::max(std::sqrt(sum), 1e-12);
    for (float& x : mapped.unit.row(i)) x = static_cast<float>(x / length);
    mapped.length.push_back(static_cast<float>(length));
  }
  return mapped;
}

// Replaces each row of logits by the gradient of its cross-entropy, softmax - target, times
// `scale`, and returns the sum of the cross-entropies times `scale`. `is_target(row, column)`; the
// target is spread equally over a row's targets.
template <typename IsTarget>
double cross_entropy_rows(Matrix& logits, double smoothing, double scale,
                          const IsTarget& is_target) {
  std::vector<double> losses(static_cast<size_t>(logits.rows));
  parallel_for(logits.rows, 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const std::span<float> row = logits.row(i);
      const float highest = *std::ranges::max_element(row);
      double sum = 0;
      int64_t targets = 0;
      for (int64_t j = 0; j < logits.dim; ++j) {
        sum += std::exp(static_cast<double>(row[static_cast<size_t>(j)] - highest));
        targets += is_target(i, j);
      }
      const double log_sum = highest + std::log(sum);
      const double spread = smoothing / static_cast<double>(logits.dim);
      for (int64_t j = 0; j < logits.dim; ++j) {
        float& value = row[static_cast<size_t>(j)];
        const double log_p = value - log_sum;
        const double target =
            spread + (is_target(i, j) ? (1 - smoothing) / static_cast<double>(targets) : 0);
        if (target > 0) losses[static_cast<size_t>(i)] -= target * log_p * scale;
        value = static_cast<float>((std::exp(log_p) - target) * scale);
      }
    }
  });
  double loss = 0;
  for (const double value : losses) loss += value;
  return loss;
}

// The gradient for a map from the gradient for the unit vectors.
Matrix gradient_of_map(Matrix gradient, const Mapped& mapped, const Matrix& vectors) {
  for (int64_t i = 0; i < gradient.rows; ++i) {
    const std::span<float> g = gradient.row(i);
    const std::span<const float> u = mapped.unit.row(i);
    double along = 0;
    for (size_t d = 0; d < g.size(); ++d) along += static_cast<double>(g[d]) * u[d];
    for (size_t d = 0; d < g.size(); ++d)
      g[d] = static_cast<float>((g[d] - along * u[d]) / mapped.length[static_cast<size_t>(i)]);
  }
  return product(transposed(gradient), vectors);
}

// Adds the gradient of ridge * |A - 1|^2 and returns its value.
double add_ridge(const Matrix& map, double ridge, Matrix& gradient) {
  double sum = 0;
  for (int64_t i = 0; i < map.rows; ++i) {
    for (int64_t j = 0; j < map.dim; ++j) {
      const double difference = map.row(i)[static_cast<size_t>(j)] - (i == j ? 1.0 : 0.0);
      sum += difference * difference;
      gradient.row(i)[static_cast<size_t>(j)] += static_cast<float>(2 * ridge * difference);
    }
  }
  return ridge * sum;
}

}  // namespace

double adapter_loss(const RetrievalSet& batch, const AdapterMaps& maps, const AdapterLoss& loss,
                    AdapterMaps& gradient) {
  const Mapped images = map_rows(batch.images, maps.image);
  const Mapped texts = map_rows(batch.texts, maps.text);
  Matrix rows = product(images.unit, transposed(texts.unit));  // (images, texts)
  for (float& value : rows.values) value *= static_cast<float>(loss.logit_scale);
  Matrix columns = transposed(rows);
  const auto& image_of = batch.text_image;
  double value = cross_entropy_rows(
      rows, loss.smoothing, 0.5 / static_cast<double>(rows.rows),
      [&](int64_t image, int64_t text) { return image_of[static_cast<size_t>(text)] == image; });
  value += cross_entropy_rows(
      columns, loss.smoothing, 0.5 / static_cast<double>(columns.rows),
      [&](int64_t text, int64_t image) { return image_of[static_cast<size_t>(text)] == image; });
  const Matrix other = transposed(columns);
  for (size_t i = 0; i < rows.values.size(); ++i)
    rows.values[i] = static_cast<float>(loss.logit_scale) * (rows.values[i] + other.values[i]);
  gradient.image = gradient_of_map(product(rows, texts.unit), images, batch.images);
  gradient.text = gradient_of_map(product(transposed(rows), images.unit), texts, batch.texts);
  return value + add_ridge(maps.image, loss.ridge, gradient.image) +
         add_ridge(maps.text, loss.ridge, gradient.text);
}

}  // namespace sightline
