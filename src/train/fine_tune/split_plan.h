// The parts of a data set for fine-tuning: which images train, choose and report.
#pragma once

#include <sightline/dataset.h>
#include <sightline/fine_tune.h>
#include <sightline/rows.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "train/fine_tune/near_duplicates.h"

namespace sightline {

enum class SplitPart { train, validation, test, unused };
const char* part_name(SplitPart part);  // "train", …

// An image with the captions of all its rows.
struct PlannedImage {
  Digest digest{};  // SHA-256 of the file
  std::string id;   // of its first row
  std::vector<std::string> captions;
  std::string split;  // of its first row; empty if the splits were not told apart
  ImageSketch sketch;
  int64_t group = 0;  // index of the first image of its near-duplicates
  SplitPart part = SplitPart::unused;
};

struct SplitPlan {
  DatasetInput input;                // the rows that were read
  std::vector<PlannedImage> images;  // distinct, in the order of the data set
  std::vector<SkippedRow> skipped;   // rows without a caption, or with an unreadable image
  int64_t left_out = 0;              // near-duplicates of images of another part
  // The origin of each part: "split 'test'", or "drawn by content".
  std::map<SplitPart, std::string> origin;

  int64_t count(SplitPart part) const;
};

// Reads the data set and chooses the parts:
//   splits that are given, or that the data set has ("train", "validation" or "val", "test"); a
//   data set with one of the last two needs a split to train on
//   otherwise groups of near-duplicates in the order of a hash of their content: the first are
//   tested, the next validated, up to the shares; a group that is larger than what remains is
//   passed over. Drawn from the rows for training
// Images for training that are near-duplicates of validated or tested ones, and validated ones of
// tested ones, are left out. Of the images for training, `max_pairs` are drawn by the seed.
// Throws invalid_argument (a share out of range), invalid_data (less than two images to train on or
// one to validate or test on, no split to train on), and what
// read_images_of throws.
SplitPlan plan_splits(const FineTuneOptions& options, const ProgressFn& progress);

// The steps after reading, for tests: `own` maps names of splits to their parts; the parts that it
// does not name are drawn.
void assign_parts(SplitPlan& plan, const std::map<std::string, SplitPart>& own,
                  const FineTuneOptions& options);

// The plan as splits.jsonl (docs/formats/fine_tune.md).
std::string splits_jsonl(const SplitPlan& plan);

}  // namespace sightline
