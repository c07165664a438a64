#include "tune/tuning_progress.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>

namespace sightline {

void TuningProgress::begin_rung(int64_t rung, int64_t rungs, int64_t trials, double share) {
  place_ =
      rungs > 1 ? message("rung ", rung, " of ", rungs, " (", std::lround(100 * share), " %)") : "";
  trials_ = trials;
  position_ = 0;
  best_.reset();
}

void TuningProgress::begin_report() {
  place_ = "report data";
  trials_ = 0;
}

void TuningProgress::begin_trial(int64_t trial, double rows) {
  trial_ = trial;
  rows_ = rows;
  inside_ = 0;
  ++position_;
  show("");
}

void TuningProgress::update(const ProgressUpdate& update) {
  // Ranking and writing take the rest.
  constexpr double kReported = 0.9;
  if (update.total > 0) {
    const double part = static_cast<double>(update.done) / static_cast<double>(update.total);
    inside_ = std::max(inside_, kReported * std::clamp(part, 0.0, 1.0));
  }
  show(update.stage + (update.note.empty() ? "" : ", " + update.note));
}

void TuningProgress::end_trial() {
  done_ += rows_;
  rows_ = inside_ = 0;
}

void TuningProgress::offer(double quality) {
  if (!best_ || quality > *best_) best_ = quality;
}

void TuningProgress::show(const std::string& action) const {
  if (!progress_) return;
  std::string note =
      trials_ > 1 ? message("trial ", position_, " of ", trials_) : message("trial ", trial_);
  if (!place_.empty()) note += ", " + place_;
  if (best_) {
    const int64_t permille = std::llround(1000 * *best_);
    note += message(", best ", metric_, " ", permille / 10, ".", permille % 10, " %");
  }
  if (!action.empty()) note += "; " + action;
  const double done = std::min(total_, done_ + inside_ * rows_);
  progress_({"tuning", std::llround(done), std::llround(total_), note, ""});
}

}  // namespace sightline
