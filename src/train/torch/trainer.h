// The training loop.
#pragma once

#include <sightline/train.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/folder_lock.h"
#include "models/clip_vit.h"
#include "train/torch/adamw.h"
#include "train/training_set.h"

namespace sightline {

class Trainer {
 public:
  // Reads recipe and data, trains the tokenizer and builds the model. Refuses a folder that another
  // run holds, or whose checkpoint belongs to another recipe or data set, before it writes to it.
  Trainer(const TrainOptions& options, const ProgressFn& progress);
  TrainResult run();

 private:
  struct Evaluation {
    std::string split;
    TrainingSet set;
  };

  void open_folder();
  void build_model();
  double train_epoch();
  // One batch of rows `order[begin …]` of this epoch: loss of the symmetric cross-entropy.
  at::Tensor batch_loss(std::span<const int64_t> rows);
  at::Tensor encode_pictures(std::span<const Image> pictures);
  at::Tensor encode_texts(std::span<const std::string> texts);
  std::string evaluate();  // one line for train.jsonl
  double learning_rate(int64_t step) const;
  void clamp_temperature();
  void save_checkpoint() const;
  void check_checkpoint() const;
  bool load_checkpoint();
  void export_weights() const;
  void open_log();
  void log(const std::string& line) const;

  TrainOptions options_;
  ProgressFn progress_;
  std::unique_ptr<FolderLock> lock_;
  std::string run_id_;              // of recipe and data: what a checkpoint belongs to
  Recipe recipe_;
  TrainingSet set_;
  std::vector<Evaluation> evaluations_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<TorchOps> ops_;
  std::unique_ptr<ClipImageTower> image_;
  std::unique_ptr<ClipTextTower> text_;
  at::Tensor logit_scale_;
  std::unique_ptr<AdamW> optimizer_;
  int64_t epoch_ = 0;               // finished
  int64_t steps_per_epoch_ = 0;
  double loss_ = 0, seconds_ = 0;
};

}  // namespace sightline
