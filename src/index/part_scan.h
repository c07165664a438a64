// The first pass of a search, on one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "index/candidates.h"
#include "index/search_plan.h"

namespace sightline::index {

// Scans items for all queries. A candidate's bounds do not depend on its segment, so the k-th best
// lower bound of one segment is the threshold of the next.
class PartScan {
 public:
  explicit PartScan(const SearchPlan& plan);

  void run(const ScanItem& item);
  void finish();  // to be called after the last item

  std::vector<Candidates> candidates;  // of the queries
  int64_t scanned = 0;                 // rows

 private:
  // Rows as kernels read them, and their numbers.
  struct Block {
    RowBlock rows;
    RowFactors factors;
    int64_t first;         // row of the segment; of a gathered block unused
    const int64_t* ids;    // rows of the segment; null: in order from `first`
    const uint64_t* mask;  // bit r: row r of the block is allowed; null: all
  };

  void enter(size_t segment);
  void raise_cut(int64_t q);
  void scan_in_place(int64_t first, int64_t count, const uint64_t* mask);
  void gather(int64_t row);
  void scan_gathered();
  void scan(const Block& block);
  void few(const Block& block);
  void many(const Block& block, const Panel& panel);
  void take(const Block& block, int64_t first_query, int64_t found);

  const SearchPlan& plan_;
  size_t segment_;  // its rows are gathered, its cuts are set; at first none
  const SegmentPlan* part_ = nullptr;
  const EncodedQueries* queries_ = nullptr;
  std::vector<float> cuts_, sums_;
  std::vector<Passed> passed_;
  // Gathered rows, scanned when they are a block.
  std::vector<int64_t> ids_;
  std::vector<uint8_t> rows_;
  std::vector<float> scales_, residuals_;
};

}  // namespace sightline::index
