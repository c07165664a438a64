// The training loop.
#pragma once

#include <sightline/model.h>
#include <sightline/train.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/folder_lock.h"
#include "data/readers/folder.h"
#include "models/model_source.h"
#include "train/excluded_subjects.h"
#include "train/torch/adamw.h"
#include "train/torch/best_weights.h"
#include "train/torch/task.h"
#include "train/torch/weight_average.h"

namespace sightline {

class Trainer {
 public:
  // Reads recipe and data and makes the task (tokenizer, model). Before it writes to the folder, it
  // refuses one that another run has locked, or whose checkpoint belongs to another recipe or data
  // set.
  Trainer(const TrainOptions& options, const ProgressFn& progress);
  TrainResult run();

 private:
  void open_folder();
  void read_rows();
  void read_rows_of(size_t dataset, const ExcludedSubjects& subjects);
  void report_images() const;
  void read_ahead(std::span<const int64_t> samples) const;
  void exclude_rows(const RecipeDataset& dataset, const ExcludedSubjects& subjects,
                    std::vector<TrainingRow>& rows);
  std::string open_pair_models();
  double train_epoch();
  // Throws invalid_data: `what` is not finite after this step.
  [[noreturn]] void throw_diverged(const std::string& what, int64_t step, double rate) const;
  void require_finite_state() const;
  void log_step(int64_t step, double loss, double rate, double gradient_norm) const;
  void remove_old_model() const;
  // Writes one line of train.jsonl and offers the weights to best_; returns the main figures.
  std::string evaluate();
  bool is_finished() const;  // all epochs, or stopped early
  void export_model();
  void report(const std::string& event) const;
  std::string epoch_text(int64_t first, double seconds, const std::string& figures) const;
  std::filesystem::path checkpoint_path() const;
  double learning_rate(int64_t step) const;
  std::vector<TorchParameter> evaluated() const;  // trained_ and the backend's buffers
  void save_checkpoint() const;
  void check_checkpoint() const;
  bool load_checkpoint();
  void open_log();
  void log(const std::string& line) const;

  TrainOptions options_;
  ProgressFn progress_;
  std::unique_ptr<FolderLock> lock_;
  std::string run_id_;  // identifies recipe and data; a checkpoint of another run is refused
  Recipe recipe_;
  std::unique_ptr<ImageStore> images_;  // of the rows of set_ and held_out_
  TrainingSet set_;
  std::vector<HeldOut> held_out_;
  std::optional<Model> locked_text_;  // of a pair
  ModelSource initial_;               // of recipe_.initial_weights, where there is one
  std::unique_ptr<TorchOps> ops_;
  std::unique_ptr<Task> task_;
  std::vector<TorchParameter> trained_;
  std::unique_ptr<AdamW> optimizer_;        // of trained_
  std::unique_ptr<WeightAverage> average_;  // null: none
  std::unique_ptr<BestWeights> best_;       // null: no early stopping
  std::string compared_;                    // the figure of early stopping, once evaluated
  int64_t excluded_ = 0;                    // rows that Recipe::exclude_subjects left out
  int64_t epoch_ = 0;                       // finished epochs
  int64_t steps_per_epoch_ = 0;
  double loss_ = 0, seconds_ = 0;
};

}  // namespace sightline
