// The queries of a search, encoded for the rows of every segment, and the rows to read.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "index/allowed_rows.h"
#include "index/exact_search.h"
#include "index/query_plan.h"

namespace sightline::index {

// The largest SegmentPlan::block_rows.
inline constexpr int64_t kMostBlockRows = 4 * kRowTile;

// All queries, for scans of one row type.
struct EncodedQueries {
  int parts = 1;       // of a query
  int64_t stride = 0;  // cells of a part of a query
  std::vector<uint32_t> cells;
  std::vector<int32_t> offsets;
  std::vector<QueryCodes> codes;
  std::vector<Panel> panels;  // none: few queries

  // Lanes of all panels, or the queries.
  int64_t padded() const {
    return panels.empty() ? static_cast<int64_t>(codes.size())
                          : panels.back().first + panels.back().padded;
  }
};

// The scan of one segment.
struct SegmentPlan {
  RowType type = RowType::f32;
  ScanRows scan{};
  int64_t block_rows = 0;     // rows that all queries scan while they are in the cache
  std::vector<float> base;    // QueryBound::base of the queries, padded as their panels are
  std::vector<double> error;  // QueryBound::error
};

// Rows of one segment that one thread scans. At least one of them is allowed.
struct ScanItem {
  size_t segment;
  int64_t begin, end;
};

struct SearchPlan {
  SearchPlan(const Segments& segments, const SearchRequest& request, const ScanKernels& kernels);

  const float* query(int64_t q) const { return request.queries + q * segments.dim(); }
  const EncodedQueries& queries(const SegmentPlan& plan) const {
    return encoded[static_cast<size_t>(plan.type)];
  }

  const Segments& segments;
  const SearchRequest& request;
  const ScanKernels& kernels;
  AllowedRows allowed;
  int64_t keep;  // hits of a query
  std::vector<ScanItem> items;
  int64_t workers = 1;  // threads for which the allowed rows suffice
  // So few rows are allowed that estimates of them would not pay, and no type was requested.
  // Nothing below is set then.
  bool in_double = false;
  std::array<EncodedQueries, kRowTypes> encoded;
  std::vector<SegmentPlan> parts;  // of the segments
  std::vector<uint8_t> usable;     // by query: QueryBound::usable in every segment

 private:
  void find_items();
  void encode(RowType type, int parts);
  void bound_errors(size_t segment);
  bool is_coarse(size_t segment) const;
  void plan_segments();
};

}  // namespace sightline::index
