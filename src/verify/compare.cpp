#include "verify/compare.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sightline {
namespace {

struct RowError {
  double relative = 0;
  double cosine = 1;
};

RowError row_error(std::span<const float> ours, std::span<const float> reference) {
  double difference = 0, a = 0, b = 0, product = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const double x = ours[i], y = reference[i];
    difference += (x - y) * (x - y);
    a += x * x;
    b += y * y;
    product += x * y;
  }
  if (!std::isfinite(difference)) return {std::numeric_limits<double>::infinity(), -1};
  if (b == 0)
    return difference == 0 ? RowError{} : RowError{std::numeric_limits<double>::infinity(), 0};
  return {std::sqrt(difference / b), a == 0 ? 0 : product / std::sqrt(a * b)};
}

}  // namespace

void compare_rows(const Matrix& ours, const Matrix& reference, const std::string& item_name,
                  VerifyStage& stage) {
  if (ours.rows != reference.rows || ours.dim != reference.dim) {
    throw Error(ErrorCode::invalid_data, "the reference of the ", stage.name, " has ",
                reference.rows, " rows of dimension ", reference.dim, ", expected ", ours.rows,
                " of dimension ", ours.dim);
  }
  stage.checked = ours.rows;
  stage.tolerance = kRowTolerance;
  stage.unit = "relative error of a row";
  stage.largest_error = 0;
  stage.smallest_cosine = 1;
  for (int64_t i = 0; i < ours.rows; ++i) {
    const RowError error = row_error(ours.row(i), reference.row(i));
    if (!(error.relative <= kRowTolerance) || !(error.cosine >= kCosineTolerance)) ++stage.wrong;
    stage.smallest_cosine = std::min(*stage.smallest_cosine, error.cosine);
    if (error.relative > *stage.largest_error) {
      stage.largest_error = error.relative;
      stage.detail = "worst: " + item_name + " " + std::to_string(i + 1);
    }
  }
  stage.status = stage.wrong == 0 ? StageStatus::passed : StageStatus::failed;
}

}  // namespace sightline
