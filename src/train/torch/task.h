// What differs between the kinds of training: the model, the loss of a batch, the figures of
// held-out rows, and the files of the finished model. The loop around it is Trainer's.
#pragma once

#include <sightline/model.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/torch/torch_ops.h"
#include "models/parameter_source.h"
#include "train/training_set.h"

namespace sightline {

// Rows that are measured and never trained on.
struct HeldOut {
  std::string split;  // as it is reported: with the data set's name if there are several
  TrainingSet set;
  size_t dataset = 0;  // index in Recipe::datasets
};

// The inputs of a task; all of them outlive it.
struct TaskContext {
  const Recipe& recipe;
  const TrainingSet& set;
  const std::vector<HeldOut>& held_out;
  const ImageStore& images;          // of all rows
  const std::filesystem::path& out;  // the model's folder
  TorchOps& ops;
  // The weights that training starts from, such as a checkpoint's. Null: drawn from the recipe's
  // seed.
  ParameterSource* initial_weights = nullptr;
  const Model* locked_text = nullptr;  // of a pair whose text tower is locked
  // Root of the embedding cache for the vectors of a locked text tower. Empty: no cache.
  std::optional<std::filesystem::path> text_cache = {};
  ProgressFn progress = {};  // of preparing the task
};

class Task {
 public:
  explicit Task(const TaskContext& context) : context_(context) {}
  virtual ~Task() = default;

  // Whether the backend's parameter of that name is trained. A frozen one keeps its initial value:
  // it has neither a gradient nor optimizer state. By default those are frozen that the recipe's
  // `frozen` names by prefix.
  virtual bool trainable(const std::string& parameter) const;

  // The factor on the recipe's learning rate for the backend's parameter of that name.
  virtual double learning_rate_factor(const std::string& /*parameter*/) const { return 1; }

  // The samples of an epoch in the order of training, by default epoch_order. A function of the
  // recipe, the rows, the epoch and the weights at its start. Called before its first step.
  virtual std::vector<int64_t> epoch_samples(int64_t epoch) const;

  // The loss of one batch, with its autograd graph. `rows` are samples (epoch_order).
  // Everything drawn for a row is a function of the recipe's seed, `epoch` and the row, so that a
  // resumed run draws the same.
  virtual at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) = 0;

  // Computes the loss of one batch and adds its gradients to those of the parameters. By default
  // from batch_loss. Returns the loss; where it is not finite, no gradient is needed.
  virtual double add_gradients(std::span<const int64_t> rows, int64_t epoch);

  // Called after each step of the optimizer: clamps parameters to their bounds.
  virtual void after_step() {}

  // Figures for a step's line in the log, in addition to the loss.
  virtual std::vector<std::pair<std::string, double>> step_figures() const { return {}; }

  // The members of an evaluation's line: figures of each held-out split. Called without gradients
  // and with running statistics.
  virtual nlohmann::json evaluate() = 0;

  // Throws invalid_data if the current weights cannot be written: the number types of the files
  // do not hold them. Called after each epoch.
  virtual void check_exportable() const {}

  // Writes the model into the context's folder. `steps` is the number of steps of the whole run.
  virtual void export_model(int64_t steps) = 0;

 protected:
  // The context's initial weights where it has them, else `random`.
  ParameterSource& initial_weights(ParameterSource& random) const {
    return context_.initial_weights != nullptr ? *context_.initial_weights : random;
  }

  TaskContext context_;
};

// The task for the recipe's model. Trains the tokenizer where there is one and builds the model;
// both are functions of recipe, training set and initial weights. Throws invalid_data where the
// initial weights do not have the model's tensors.
std::unique_ptr<Task> make_task(const TaskContext& context);

// The parameters that the task trains, in the order of the backend. The gradients of all others are
// switched off. Throws invalid_data if a prefix of the recipe's `frozen` names no parameter, or if
// nothing is left to train.
std::vector<TorchParameter> trained_parameters(const Task& task, const TorchOps& ops,
                                               const Recipe& recipe);

}  // namespace sightline
