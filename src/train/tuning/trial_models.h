// The folders of models that trials have trained.
#pragma once

#include <sightline/fine_tune.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace sightline {

struct TrainedModel {
  std::string path;  // as Model::load takes it
  double seconds = 0;
};

// The training of a trial on a share of the rows; trials with equal ones share the model.
struct TrialTraining {
  std::string key;
  double share = 1;
  FineTuneMethod method = FineTuneMethod::full;
  int64_t trial = 0;
};

// In OUT/trials, one folder for each training, which an interrupted run resumes in; the winner's
// becomes OUT/model. There is at most one folder of a share below 1; those of share 1 are kept
// until all their trials were discarded.
class TrialModels {
 public:
  // Trains into an empty or interrupted folder, and returns the seconds of training.
  using Train = std::function<double(const std::filesystem::path& folder)>;

  // out: the folder of the run. Throws io if it has a "model" or something in "trials" that no
  // tuning wrote.
  explicit TrialModels(std::filesystem::path out);

  // Returns the model of a training, which `train` writes unless it is there. A folder whose
  // training fails is removed; one that was cancelled, or where writing failed, is kept.
  TrainedModel obtain(const TrialTraining& training, const Train& train);
  void discard(const TrialTraining& training);
  // Makes the model OUT/model, unless it is that already, and removes the others. Returns its path
  // relative to OUT, as configurations name it. Nothing: removes all.
  std::string publish(const std::optional<TrialTraining>& training, const Train& train);

 private:
  std::filesystem::path folder_of(const TrialTraining& training) const;
  void remove_partial(const std::filesystem::path& kept);

  std::filesystem::path out_, trials_;
  std::map<std::filesystem::path, std::set<int64_t>> users_;
};

}  // namespace sightline
