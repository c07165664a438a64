// The training loop.
#pragma once

#include <sightline/train.h>

#include <memory>
#include <string>
#include <vector>

#include "base/folder_lock.h"
#include "data/readers/folder.h"
#include "train/torch/adamw.h"
#include "train/torch/task.h"

namespace sightline {

class Trainer {
 public:
  // Reads recipe and data and makes the task (tokenizer, model). Refuses a folder that another
  // run holds, or whose checkpoint belongs to another recipe or data set, before it writes to it.
  Trainer(const TrainOptions& options, const ProgressFn& progress);
  TrainResult run();

 private:
  void open_folder();
  void read_rows();
  double train_epoch();
  void log_step(int64_t step, double loss, double rate, double gradient_norm) const;
  void evaluate();  // one line of train.jsonl
  double learning_rate(int64_t step) const;
  void save_checkpoint() const;
  void check_checkpoint() const;
  bool load_checkpoint();
  void open_log();
  void log(const std::string& line) const;

  TrainOptions options_;
  ProgressFn progress_;
  std::unique_ptr<FolderLock> lock_;
  std::string run_id_;  // of recipe and data: what a checkpoint belongs to
  Recipe recipe_;
  TrainingSet set_;
  std::vector<HeldOut> held_out_;
  std::unique_ptr<TorchOps> ops_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<AdamW> optimizer_;
  int64_t epoch_ = 0;  // finished
  int64_t steps_per_epoch_ = 0;
  double loss_ = 0, seconds_ = 0;
};

}  // namespace sightline
