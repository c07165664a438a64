#include "index/quantize.h"

#include <sightline/error.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/parallel.h"

namespace sightline::index {
namespace {

// Rows are summed in blocks of this many, so that sums do not depend on the number of threads.
constexpr int64_t kBlockRows = 4096;
// Far above the rounding error in double of a sum of at most 2^24 squares.
constexpr double kUp = 1 + 1e-8;

std::vector<float> mean_of(const FullRows& rows) {
  const int64_t blocks = (rows.rows + kBlockRows - 1) / kBlockRows;
  std::vector<double> sums(static_cast<size_t>(blocks * rows.dim));
  parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      double* sum = sums.data() + b * rows.dim;
      for (int64_t i = b * kBlockRows; i < std::min((b + 1) * kBlockRows, rows.rows); ++i) {
        const float* row = rows.row(i);
        for (int64_t d = 0; d < rows.dim; ++d) sum[d] += row[d];
      }
    }
  });
  std::vector<float> mean(static_cast<size_t>(rows.dim));
  for (int64_t d = 0; d < rows.dim && rows.rows > 0; ++d) {
    double sum = 0;
    for (int64_t b = 0; b < blocks; ++b) sum += sums[static_cast<size_t>(b * rows.dim + d)];
    mean[static_cast<size_t>(d)] = static_cast<float>(sum / static_cast<double>(rows.rows));
  }
  return mean;
}

struct QuantizedRow {
  float scale = 0;
  double code_norm2 = 0, residual2 = 0;
};

QuantizedRow code_row(const float* row, const float* mean, int64_t dim, int64_t stride,
                      uint8_t* codes) {
  double largest = 0;
  for (int64_t d = 0; d < dim; ++d)
    largest = std::max(largest, std::abs(static_cast<double>(row[d]) - mean[d]));
  QuantizedRow made;
  made.scale = static_cast<float>(largest / 127);
  const double scale = made.scale, inverse = scale > 0 ? 1 / scale : 0;
  for (int64_t d = 0; d < dim; ++d) {
    const double value = static_cast<double>(row[d]) - mean[d];
    const double code = std::clamp(std::nearbyint(value * inverse), -127.0, 127.0);
    codes[d] = static_cast<uint8_t>(static_cast<int>(code) + 128);
    const double rest = value - scale * code;
    made.residual2 += rest * rest;
    made.code_norm2 += code * code;
  }
  made.code_norm2 *= scale * scale;
  std::fill(codes + dim, codes + stride, uint8_t{128});
  return made;
}

QuantizedRow round_row(const float* row, int64_t dim, int64_t stride, uint8_t* data) {
  QuantizedRow made;
  for (int64_t d = 0; d < dim; ++d) {
    const uint16_t bits = to_bf16(row[d]);
    std::memcpy(data + 2 * d, &bits, sizeof bits);
    const double kept = from_bf16(bits), rest = static_cast<double>(row[d]) - kept;
    made.code_norm2 += kept * kept;
    made.residual2 += rest * rest;
  }
  std::fill(data + 2 * dim, data + stride, uint8_t{0});
  return made;
}

}  // namespace

QuantizedRows OwnedQuantizedRows::view() const {
  return {type,
          data.data(),
          type == RowType::i8 ? scales.data() : nullptr,
          residuals.data(),
          type == RowType::i8 ? mean.data() : nullptr,
          mean_norm,
          max_code_norm,
          max_residual};
}

float float_above(double value) {
  const auto nearest = static_cast<float>(value);
  return nearest >= value ? nearest
                          : std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

float float_below(double value) {
  return -float_above(-value);
}

double norm_above(const float* values, int64_t dim) {
  double sum = 0;
  for (int64_t d = 0; d < dim; ++d) sum += static_cast<double>(values[d]) * values[d];
  return std::sqrt(sum) * kUp;
}

OwnedQuantizedRows quantize(const FullRows& rows, RowType type) {
  OwnedQuantizedRows out;
  out.type = type;
  const bool codes = type == RowType::i8;
  if (codes && rows.dim > kMaxCodeDim) {
    throw Error(ErrorCode::unsupported, "int8 codes of vectors of ", rows.dim,
                " elements; at most ", kMaxCodeDim, " are supported");
  }
  const int64_t stride = quantized_stride(type, rows.dim);
  out.data.resize(static_cast<size_t>(rows.rows * stride));
  out.residuals.resize(static_cast<size_t>(rows.rows));
  if (codes) {
    out.scales.resize(static_cast<size_t>(rows.rows));
    out.mean = mean_of(rows);
    out.mean_norm = norm_above(out.mean.data(), rows.dim);
  }
  std::mutex mutex;
  parallel_for(rows.rows, 256, [&](int64_t begin, int64_t end) {
    double code_norm2 = 0, residual2 = 0;
    for (int64_t i = begin; i < end; ++i) {
      uint8_t* data = out.data.data() + i * stride;
      const QuantizedRow made = codes
                                    ? code_row(rows.row(i), out.mean.data(), rows.dim, stride, data)
                                    : round_row(rows.row(i), rows.dim, stride, data);
      const auto at = static_cast<size_t>(i);
      if (codes) out.scales[at] = made.scale;
      out.residuals[at] = float_above(std::sqrt(made.residual2) * kUp);
      code_norm2 = std::max(code_norm2, made.code_norm2);
      residual2 = std::max(residual2, made.residual2);
    }
    const std::lock_guard lock(mutex);
    out.max_code_norm = std::max(out.max_code_norm, std::sqrt(code_norm2) * kUp);
    out.max_residual =
        std::max(out.max_residual, static_cast<double>(float_above(std::sqrt(residual2) * kUp)));
  });
  return out;
}

double checked_max_norm(const float* values, int64_t rows, int64_t dim, const std::string& where) {
  double largest = 0;
  std::mutex mutex;
  std::atomic<int64_t> bad = rows;
  parallel_for(rows, 256, [&](int64_t begin, int64_t end) {
    double longest = 0;
    for (int64_t i = begin; i < end; ++i) {
      const float* row = values + i * dim;
      // Eight sums, so that the compiler vectorizes the loop.
      double sums[8] = {};
      int64_t d = 0;
      for (; d + 8 <= dim; d += 8) {
        for (int lane = 0; lane < 8; ++lane)
          sums[lane] += static_cast<double>(row[d + lane]) * row[d + lane];
      }
      for (; d < dim; ++d) sums[0] += static_cast<double>(row[d]) * row[d];
      double sum = 0;
      for (const double part : sums) sum += part;
      if (!std::isfinite(sum)) {
        for (int64_t seen = bad; i < seen && !bad.compare_exchange_weak(seen, i);) {
        }
        break;
      }
      longest = std::max(longest, sum);
    }
    const std::lock_guard lock(mutex);
    largest = std::max(largest, longest);
  });
  if (bad < rows) {
    throw Error(ErrorCode::invalid_data, where, ": row ", bad.load(),
                " has a NaN or an infinity; only finite numbers can be searched");
  }
  return std::sqrt(largest) * kUp;
}

}  // namespace sightline::index
