// Fits corrections: ridge regression from texts to the directions of judged images.
#pragma once

#include <span>
#include <vector>

#include "feedback/correction_map.h"
#include "feedback/judged_queries.h"
#include "feedback/ridge.h"

namespace sightline::feedback {

// Settings of a fit, chosen by cross-validation.
struct FitSettings {
  double ridge = 0;  // multiple of the mean of the kernel's diagonal
  double step = 0;   // multiple of the prediction that is added to the text
  double away = 0;   // weight of moving away from irrelevant images
};

// Some of the judged queries, with their texts relative to `centre` and their targets.
class FitData {
 public:
  FitData(const JudgedQueries& queries, std::span<const int64_t> rows,
          std::span<const float> centre);

  // The settings with the best quality in leave-one-group-out predictions. Of equal ones the first
  // in the order of strong to weak shrinkage.
  FitSettings choose() const;
  CorrectionMap fit(const FitSettings& settings) const;

 private:
  const JudgedQueries& queries_;
  std::vector<int64_t> rows_, groups_;
  std::vector<float> centre_;
  Table texts_;    // (Q, D) relative to the centre
  Table targets_;  // (Q, 2 D): mean of relevant images - text, mean of irrelevant images - text
  Table kernel_;   // (Q, Q)
  double scale_ = 0;
};

// Difference of the mean similarities of relevant and irrelevant images, in standard deviations of
// all of them; 0 if all are equal.
double separation(std::span<const double> relevant, std::span<const double> irrelevant);

}  // namespace sightline::feedback
