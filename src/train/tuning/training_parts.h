// The selection data of a plan that trains, divided by groups of near-duplicates.
#pragma once

#include <sightline/metrics.h>
#include <sightline/tune.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "train/fine_tune/fine_tune.h"
#include "train/fine_tune/split_plan.h"
#include "tune/trial_data.h"

namespace sightline {

// Rows, as indices into TuningRows::rows.
struct SelectionDivision {
  std::vector<int64_t> choice;      // choose between trials; ascending
  std::vector<int64_t> validation;  // choose within a training; ascending
  std::vector<int64_t> training;    // in random order, group by group
  int64_t left_out = 0;             // for training or validation, but without caption or unreadable
};

// The first groups of the random order choose, the next validate. Throws invalid_data if a part is
// too small.
SelectionDivision divide_selection(const TrialData& data, const TuningData& shares);

// The parts from which trials are trained.
class TrainingParts {
 public:
  TrainingParts(TrialData& data, const TuningData& plan);

  const SelectionDivision& division() const { return division_; }
  int64_t training_images(double share) const;
  // Parts for fine_tune_parts() with a share of the training rows; a smaller share is part of a
  // larger one. start: a model of the plan's configurations. Refers to this object.
  GivenParts parts_of(double share, const std::string& start, const ProgressFn& progress);

 private:
  // The rows of each image, ascending: equal files are one image.
  using ImageRows = std::vector<std::vector<int64_t>>;

  ImageRows images_of(std::vector<int64_t> rows) const;
  RetrievalSet start_vectors(const RowPart& part, const ImageRows& images, const std::string& start,
                             const ProgressFn& progress);

  TrialData& data_;
  DatasetInput input_;
  SelectionDivision division_;
  RowPart training_, validation_;
};

}  // namespace sightline
