// Queries encoded for the kernels, and bounds on the error of the estimates.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/row_set.h"

namespace sightline::index {

// One query encoded for scans of a row type.
struct QueryCodes {
  FilterQuery filter;   // scale, low_scale and reach; base and cut depend on the rows
  double norm = 0;      // at least |query|
  double left_out = 0;  // at least |query - quantized query|
};

// Writes the cells of one query. Of type i8 it has one or two parts: as codes of 8 bits, or of
// 16 bits, which are scale * high + low_scale * low. Parts one after the other, `stride` cells each
// (a multiple of 16, the rest zero); offsets[part] is what the kernels' sums have too much.
QueryCodes encode_query(const float* query, int64_t dim, RowType type, int32_t code_offset,
                        int parts, int64_t stride, uint32_t* cells, int32_t* offsets);

// |inner product, in double in order - estimate| <= error + reach * residual of the row.
struct QueryBound {
  float base = 0;  // FilterQuery::base
  double error = 0;
  // Whether the bound holds and float arithmetic stays within its range. Where not (elements near
  // the largest floats), the query is answered in double.
  bool usable = true;
  double left_out = 0;  // share of `error` of quantizing the query
};

// `rows`: dim and max_norm; `quantized` is of type `type`, null for f32.
QueryBound bound_estimates(const QueryCodes& codes, const float* query, const FullRows& rows,
                           RowType type, const QuantizedRows* quantized);

// 32-bit cells of a row: D, D / 2 or D / 4, the latter two rounded up to whole cache lines.
int64_t row_cells(RowType type, int64_t dim);

// Rows of `type` as the kernels read them.
struct ScanRows {
  const uint8_t* data;
  int64_t stride;  // bytes
  int64_t cells;
  const float* scales;
  const float* residuals;
};
ScanRows scan_rows(const FullRows& rows, RowType type, const QuantizedRows* quantized);

// Queries side by side: (cells, vectors * lanes) cells, a query's parts `low_at` lanes apart.
struct Panel {
  int64_t first = 0;   // query
  int64_t count = 0;   // queries
  int64_t padded = 0;  // lanes of the first part
  int64_t vectors = 0;
  int64_t low_at = 0;  // 0: one part
  std::vector<uint32_t> cells;
  std::vector<int32_t> offsets;
  std::vector<float> scale, low_scale, reach;  // padded
};

// Panels of all queries, from the cells of encode_query (query i's at i * parts * stride).
std::vector<Panel> make_panels(std::span<const QueryCodes> codes,
                               const std::vector<uint32_t>& cells,
                               const std::vector<int32_t>& offsets, int64_t stride,
                               int64_t row_cells, int parts, const ScanKernels& kernels);

}  // namespace sightline::index
