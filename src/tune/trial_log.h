// The files of a tuning run, from which an interrupted run continues.
#pragma once

#include <sightline/tune.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/folder_lock.h"
#include "tune/comparison.h"

namespace sightline {

// Identifies an evaluation.
struct EvaluationKey {
  int64_t trial = 0;
  TuningSide side = TuningSide::selection;
  double share = 1;

  auto operator<=>(const EvaluationKey&) const = default;
};

struct Timing {
  double milliseconds = 0, seconds = 0, training_seconds = 0;
};

// An evaluation as it is logged. `error`: why it failed; then there are no other figures.
struct LoggedEvaluation {
  std::string configuration, error;
  double quality = 0, megabytes = 0;
  int64_t queries = 0, clusters = 0;
  Timing timing;
};

std::string_view side_name(TuningSide side);

// Of one folder, which one process uses at a time. Lines are on the disk when append() returns; a
// line that a killed process left incomplete is removed when the folder is opened again.
class TrialLog {
 public:
  // Throws invalid_argument if the folder has a run of another plan or fingerprint, unless
  // options.fresh; io; invalid_data for a file that the tuner did not write.
  TrialLog(const TuningPlan& plan, const std::string& fingerprint, const TuneOptions& options);

  const LoggedEvaluation* find(const EvaluationKey& key) const;
  // The share of the last evaluation of a trial on the selection data, and that evaluation.
  std::optional<std::pair<double, const LoggedEvaluation*>> last_of(int64_t trial) const;
  // The gains of an evaluation of share 1. Throws invalid_data, not_found, io.
  ClusterGains gains(const EvaluationKey& key) const;
  // Logs an evaluation; `gains` only for share 1 without an error.
  void append(const EvaluationKey& key, const Trial& trial, const LoggedEvaluation& evaluation,
              const ClusterGains* gains);
  // Time that was measured by the run of options.timings.
  std::optional<Timing> given_timing(const EvaluationKey& key) const;
  double seconds() const { return seconds_; }  // of all evaluations

 private:
  std::filesystem::path gains_path(const EvaluationKey& key) const;
  void read();

  std::filesystem::path folder_;
  std::optional<FolderLock> lock_;
  std::map<EvaluationKey, LoggedEvaluation> evaluations_;
  std::map<EvaluationKey, Timing> given_;
  double seconds_ = 0;
};

}  // namespace sightline
