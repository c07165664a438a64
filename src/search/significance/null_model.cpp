#include "search/significance/null_model.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/finite.h"
#include "base/parallel.h"

namespace sightline {
namespace {

constexpr int64_t kMinBackground = 100;

void check_matrix(const Matrix& matrix, const std::string& what) {
  if (matrix.rows < 0 || matrix.dim < 1 ||
      std::cmp_not_equal(matrix.values.size(), matrix.rows * matrix.dim)) {
    throw Error(ErrorCode::invalid_argument, what, " have ", matrix.values.size(),
                " elements, expected ", matrix.rows, " x ", matrix.dim);
  }
  for (int64_t i = 0; i < matrix.rows; ++i) {
    if (!all_finite(matrix.row(i))) {
      throw Error(ErrorCode::invalid_argument, what, ": row ", i, " has NaN or infinity");
    }
  }
}

// Inner product in eight partial sums, which the compiler keeps in vectors.
float dot(const float* a, const float* b, int64_t dim) {
  std::array<float, 8> sums{};
  int64_t i = 0;
  for (; i + 8 <= dim; i += 8) {
    for (size_t lane = 0; lane < 8; ++lane) {
      sums[lane] += a[static_cast<size_t>(i) + lane] * b[static_cast<size_t>(i) + lane];
    }
  }
  float sum = 0;
  for (const float s : sums) sum += s;
  for (; i < dim; ++i) sum += a[i] * b[i];
  return sum;
}

// Returns a b^T, (a.rows, b.rows). Blocks of `b` stay in the cache.
std::vector<float> similarities_of(const Matrix& a, const Matrix& b) {
  constexpr int64_t kBlock = 64;
  std::vector<float> out(static_cast<size_t>(a.rows * b.rows));
  parallel_for((b.rows + kBlock - 1) / kBlock, 1, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin * kBlock; first < std::min(end * kBlock, b.rows); first += kBlock) {
      const int64_t last = std::min(first + kBlock, b.rows);
      for (int64_t i = 0; i < a.rows; ++i) {
        float* to = out.data() + i * b.rows;
        for (int64_t j = first; j < last; ++j) to[j] = dot(a.row(i).data(), b.row(j).data(), a.dim);
      }
    }
  });
  return out;
}

// The mean and covariance of the rows: moments of similarities with any query follow from them.
void estimate_moments(const Matrix& sample, std::vector<float>& mean,
                      std::vector<float>& covariance) {
  const int64_t dim = sample.dim;
  const double scale = 1 / std::max(1.0, static_cast<double>(sample.rows));
  std::vector<double> sums(static_cast<size_t>(dim));
  for (int64_t i = 0; i < sample.rows; ++i) {
    const auto row = sample.row(i);
    for (size_t d = 0; d < sums.size(); ++d) sums[d] += row[d];
  }
  mean.resize(sums.size());
  std::ranges::transform(sums, mean.begin(),
                         [&](double s) { return static_cast<float>(s * scale); });

  // Columns of centered rows, so that a covariance is an inner product of contiguous elements.
  Matrix centered(dim, sample.rows);
  for (int64_t i = 0; i < sample.rows; ++i) {
    const auto row = sample.row(i);
    for (int64_t d = 0; d < dim; ++d)
      centered.row(d)[static_cast<size_t>(i)] =
          row[static_cast<size_t>(d)] - mean[static_cast<size_t>(d)];
  }
  covariance = similarities_of(centered, centered);
  for (float& c : covariance) c = static_cast<float>(c * scale);
}

}  // namespace

NullModel::NullModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NullModel::NullModel(const NullModel& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
NullModel::NullModel(NullModel&&) noexcept = default;
NullModel& NullModel::operator=(const NullModel& other) {
  impl_ = std::make_unique<Impl>(*other.impl_);
  return *this;
}
NullModel& NullModel::operator=(NullModel&&) noexcept = default;
NullModel::~NullModel() = default;

int64_t NullModel::dim() const {
  return impl_->dim;
}
int64_t NullModel::texts() const {
  return impl_->distribution.texts;
}
int64_t NullModel::rows() const {
  return impl_->distribution.rows;
}
bool NullModel::usable() const {
  return impl_->distribution.usable();
}

NullModel NullModel::estimate(const Matrix& background, const Matrix& sample) {
  check_matrix(background, "the vectors of background texts");
  check_matrix(sample, "the vectors of the sample");
  if (background.dim != sample.dim) {
    throw Error(ErrorCode::invalid_argument, "the background texts have vectors of ",
                background.dim, " elements, the sample of ", sample.dim);
  }
  if (background.rows < kMinBackground) {
    throw Error(ErrorCode::invalid_argument, "a null model needs at least ", kMinBackground,
                " background texts, found ", background.rows);
  }
  auto impl = std::make_unique<Impl>();
  impl->dim = sample.dim;
  estimate_moments(sample, impl->mean, impl->covariance);
  std::vector<float> similarities = similarities_of(background, sample);
  impl->distribution = estimate_null_distribution(similarities, background.rows, sample.rows);
  return NullModel(std::move(impl));
}

SimilarityMoments NullModel::moments(std::span<const float> query) const {
  if (std::cmp_not_equal(query.size(), impl_->dim)) {
    throw Error(ErrorCode::invalid_argument, "the query has ", query.size(),
                " elements, the null model ", impl_->dim);
  }
  if (!all_finite(query)) {
    throw Error(ErrorCode::invalid_argument, "the query has NaN or infinity");
  }
  double mean = 0, variance = 0;
  for (size_t i = 0; i < query.size(); ++i) {
    mean += static_cast<double>(query[i]) * impl_->mean[i];
    const float* row = impl_->covariance.data() + i * query.size();
    double sum = 0;
    for (size_t j = 0; j < query.size(); ++j) sum += static_cast<double>(query[j]) * row[j];
    variance += query[i] * sum;
  }
  return {mean, std::sqrt(std::max(variance, 0.0))};
}

}  // namespace sightline
