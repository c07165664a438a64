// Progress of a tuning run: rows of all evaluations, with the trial, its rung and the best quality.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <optional>
#include <string>

namespace sightline {

class TuningProgress {
 public:
  // total: rows of all evaluations. metric: its name.
  TuningProgress(ProgressFn progress, std::string metric)
      : progress_(std::move(progress)), metric_(std::move(metric)) {}

  void set_total(double rows) { total_ = rows; }
  // A rung of `rungs`, from 1, whose trials are evaluated on a share of the data.
  void begin_rung(int64_t rung, int64_t rungs, int64_t trials, double share);
  void begin_report();
  // An evaluation of so many rows.
  void begin_trial(int64_t trial, double rows);
  // Within an evaluation: what the runner does.
  void update(const ProgressUpdate& update);
  void end_trial();
  // A quality in the rung; the best one is shown.
  void offer(double quality);

 private:
  void show(const std::string& action) const;

  ProgressFn progress_;
  std::string metric_, place_;
  double done_ = 0, total_ = 0, rows_ = 0, inside_ = 0;
  int64_t trial_ = 0, position_ = 0, trials_ = 0;
  std::optional<double> best_;
};

}  // namespace sightline
