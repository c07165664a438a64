#include "index/query_plan.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "index/quantize.h"

namespace sightline::index {
namespace {

constexpr double kUnit = 0x1p-24;    // largest relative error of one operation in f32
constexpr double kDouble = 0x1p-53;  // and in f64
constexpr double kUp = 1 + 1e-8;     // for the rounding of these lines themselves
// Below this, products may lose all their digits (or are taken for zero, as by vdpbf16ps).
constexpr double kTiny = 0x1p-125;
constexpr double kLargest = 1e30;

// The largest relative error of a sum of `terms` products in f32, in any order, fused or not, with
// operations that may be off by `unit`. Source: Higham, Accuracy and Stability of Numerical
// Algorithms, section 3.1 (gamma_n).
double gamma(double terms, double unit) {
  return terms * unit / (1 - terms * unit);
}

struct Parts {
  double norm = 0;      // of the query
  double left_out = 0;  // |query - quantized query|
};

constexpr int kBase = 255;

// The query as integers of one or two digits in base 255, each between -127 and 127.
Parts code_query(const float* query, int64_t dim, int32_t code_offset, int parts, int64_t stride,
                 uint32_t* cells, int32_t* offsets, FilterQuery& filter) {
  const int most = parts == 2 ? 127 * kBase + 127 : 127;
  double largest = 0;
  for (int64_t d = 0; d < dim; ++d)
    largest = std::max(largest, std::abs(static_cast<double>(query[d])));
  const auto unit = static_cast<float>(largest / most);
  filter.scale = parts == 2 ? kBase * unit : unit;
  filter.low_scale = parts == 2 ? unit : 0;
  const double scale = filter.scale, low_scale = filter.low_scale;
  auto* high = reinterpret_cast<int8_t*>(cells);
  auto* low = reinterpret_cast<int8_t*>(cells + stride);  // parts 2
  std::fill(cells, cells + parts * stride, 0u);
  double norm2 = 0, left2 = 0;
  int32_t high_sum = 0, low_sum = 0;
  for (int64_t d = 0; d < dim; ++d) {
    const double value = query[d];
    const double ratio =
        unit > 0 ? std::clamp(std::nearbyint(value / unit), -1.0 * most, 1.0 * most) : 0;
    const int whole = static_cast<int>(ratio);
    const int h = parts == 2 ? static_cast<int>(std::nearbyint(ratio / kBase)) : whole;
    const int l = parts == 2 ? whole - kBase * h : 0;
    high[d] = static_cast<int8_t>(h);
    if (parts == 2) low[d] = static_cast<int8_t>(l);
    high_sum += h;
    low_sum += l;
    const double rest = value - scale * h - low_scale * l;
    norm2 += value * value;
    left2 += rest * rest;
  }
  offsets[0] = code_offset * high_sum;
  if (parts == 2) offsets[1] = code_offset * low_sum;
  return {std::sqrt(norm2) * kUp, std::sqrt(left2) * kUp};
}

Parts round_query(const float* query, int64_t dim, int64_t stride, uint32_t* cells) {
  std::fill(cells, cells + stride, 0u);
  auto* bytes = reinterpret_cast<uint8_t*>(cells);
  double norm2 = 0, left2 = 0;
  for (int64_t d = 0; d < dim; ++d) {
    const uint16_t bits = to_bf16(query[d]);
    std::memcpy(bytes + 2 * d, &bits, sizeof bits);
    const double value = query[d], rest = value - from_bf16(bits);
    norm2 += value * value;
    left2 += rest * rest;
  }
  return {std::sqrt(norm2) * kUp, std::sqrt(left2) * kUp};
}

double base_of(const float* query, const float* mean, int64_t dim) {
  double sum = 0;
  for (int64_t d = 0; d < dim; ++d) sum += static_cast<double>(query[d]) * mean[d];
  return sum;
}

}  // namespace

int64_t row_cells(RowType type, int64_t dim) {
  return type == RowType::f32 ? dim : quantized_stride(type, dim) / 4;
}

ScanRows scan_rows(const FullRows& rows, RowType type, const QuantizedRows* quantized) {
  if (type == RowType::f32) {
    return {reinterpret_cast<const uint8_t*>(rows.values), rows.dim * 4, rows.dim, nullptr,
            nullptr};
  }
  const int64_t stride = quantized_stride(type, rows.dim);
  return {quantized->data, stride, stride / 4, quantized->scales, quantized->residuals};
}

QueryCodes encode_query(const float* query, int64_t dim, RowType type, int32_t code_offset,
                        int parts, int64_t stride, uint32_t* cells, int32_t* offsets) {
  QueryCodes codes;
  offsets[0] = 0;
  if (type == RowType::f32) {
    std::fill(cells, cells + stride, 0u);
    std::memcpy(cells, query, static_cast<size_t>(dim) * 4);
    codes.norm = norm_above(query, dim);
  } else {
    const Parts made = type == RowType::bf16 ? round_query(query, dim, stride, cells)
                                             : code_query(query, dim, code_offset, parts, stride,
                                                          cells, offsets, codes.filter);
    codes.norm = made.norm;
    codes.left_out = made.left_out;
    codes.filter.reach = float_above(made.norm);
  }
  return codes;
}

// With x a row, x' the quantized row, q' the quantized query, and |a b| <= |a| |b|:
//   q x = base + q' x' + (q - q') x' + q (x - x')
// so that what the estimate leaves out is at most |q - q'| max|x'| + |q| residual. What remains is
// rounding: of the kernels' sums, of the few operations of the filter (fewer than 16, each off by
// kUnit of the largest value it can meet), and of the sum in double that all this is compared with.
QueryBound bound_estimates(const QueryCodes& codes, const float* query, const FullRows& rows,
                           RowType type, const QuantizedRows* quantized) {
  QueryBound bound;
  const auto dim = static_cast<double>(rows.dim);
  const double norm = codes.norm;
  double sums = 0, values = 0, mean_norm = 0;
  if (type == RowType::f32) {
    sums = gamma(dim + 16, kUnit) * norm * rows.max_norm;
    values = norm * rows.max_norm;
  } else if (type == RowType::bf16) {
    bound.left_out = codes.left_out * quantized->max_code_norm;
    // vdpbf16ps rounds in an order of its own; twice the unit allows for any.
    sums = gamma(dim + 16, 2 * kUnit) * (norm + codes.left_out) * quantized->max_code_norm;
    values = norm * (2 * quantized->max_code_norm + quantized->max_residual);
  } else {
    mean_norm = quantized->mean_norm;
    bound.base = static_cast<float>(base_of(query, quantized->mean, rows.dim));
    bound.left_out = codes.left_out * quantized->max_code_norm;
    // The sums are integers below 2^31; converting them to float is one of the 16 operations. Each
    // digit's part of the query is at most three times as long as the query.
    values = norm * (mean_norm + 6 * quantized->max_code_norm + quantized->max_residual);
  }
  const double in_double = 2 * (dim + 16) * kDouble * norm * (rows.max_norm + mean_norm);
  bound.error =
      (bound.left_out + sums + 16 * kUnit * values + in_double) * kUp + (dim + 16) * kTiny;
  bound.usable = norm < kLargest && rows.max_norm < kLargest && norm * rows.max_norm < kLargest &&
                 bound.error < kLargest;
  return bound;
}

std::vector<Panel> make_panels(std::span<const QueryCodes> codes,
                               const std::vector<uint32_t>& cells,
                               const std::vector<int32_t>& offsets, int64_t stride,
                               int64_t row_cells, int parts, const ScanKernels& kernels) {
  const int64_t most = kernels.panel_vectors / parts * kernels.lanes;
  const auto queries = static_cast<int64_t>(codes.size());
  std::vector<Panel> panels;
  for (int64_t first = 0; first < queries; first += most) {
    Panel panel;
    panel.first = first;
    panel.count = std::min(most, queries - first);
    panel.padded = (panel.count + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
    panel.vectors = parts * panel.padded / kernels.lanes;
    panel.low_at = parts == 2 ? panel.padded : 0;
    const int64_t width = panel.vectors * kernels.lanes;
    panel.cells.assign(static_cast<size_t>(row_cells * width), 0u);
    panel.offsets.assign(static_cast<size_t>(width), 0);
    for (auto* values : {&panel.scale, &panel.low_scale, &panel.reach})
      values->assign(static_cast<size_t>(panel.padded), 0.f);
    for (int64_t i = 0; i < panel.count; ++i) {
      const auto query = static_cast<size_t>(first + i), lane = static_cast<size_t>(i);
      const FilterQuery& filter = codes[query].filter;
      panel.scale[lane] = filter.scale;
      panel.low_scale[lane] = filter.low_scale;
      panel.reach[lane] = filter.reach;
      for (int part = 0; part < parts; ++part) {
        const int64_t at = i + part * panel.padded;
        const uint32_t* from = cells.data() + (static_cast<int64_t>(query) * parts + part) * stride;
        panel.offsets[static_cast<size_t>(at)] =
            offsets[query * static_cast<size_t>(parts) + static_cast<size_t>(part)];
        for (int64_t c = 0; c < row_cells; ++c)
          panel.cells[static_cast<size_t>(c * width + at)] = from[c];
      }
    }
    panels.push_back(std::move(panel));
  }
  return panels;
}

}  // namespace sightline::index
