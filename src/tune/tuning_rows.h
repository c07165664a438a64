// The rows of a plan's data sets: read once, divided into selection and report data.
#pragma once

#include <sightline/tune.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"

namespace sightline {

// An image with its captions.
struct TuningRow {
  int dataset = 0;       // index into TuningData::datasets
  int64_t position = 0;  // among all rows of its data set as read, from 0
  std::string id, split;
  Digest digest{};
  uint64_t hash = 0;  // perceptual_hash; 0: not comparable
  std::vector<std::string> captions;
  std::map<std::string, std::string> fields;
};

struct TuningRows {
  std::vector<TuningRow> rows;  // data set by data set, in reading order
  int64_t skipped = 0;          // rows that could not be read
  int64_t repeated = 0;         // rows that repeat an image, whose captions are in its row
};

// The splits of a plan that are read; empty: all rows.
std::vector<std::string> splits_of(const TuningData& data);

// Reads all rows. Throws what RowReader and `progress` throw; invalid_data without a caption.
TuningRows read_tuning_rows(const TuningData& data, const ProgressFn& progress);

// Groups of near-duplicates: the number of the group of each row. Two rows belong together if their
// images are equal, or if their perceptual hashes differ in at most 8 bits and similar(i, j) is
// true; so do rows that are connected by others.
std::vector<int64_t> near_duplicate_groups(std::span<const TuningRow> rows,
                                           const std::function<bool(int64_t, int64_t)>& similar);

// Indices of rows. Those of `selection` are in random order, group by group, so that each beginning
// is a sample that cuts at most one group; those of `report` are in ascending order.
struct TuningSplit {
  std::vector<int64_t> selection, report;
  std::vector<int64_t> group_of;  // of each row: the number of its group
  int64_t groups = 0, largest_group = 0;
  // Rows of the selection splits that were left out, because a near-duplicate is in the report
  // splits.
  int64_t left_out = 0;
};

// Throws invalid_data if one side has no row with a caption.
TuningSplit split_rows(std::span<const TuningRow> rows, std::span<const int64_t> groups,
                       const TuningData& data, uint64_t seed);

}  // namespace sightline
