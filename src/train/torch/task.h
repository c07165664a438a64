// What differs between the kinds of training: the model, the loss of a batch, what is measured on
// held-out rows, and the files of the finished model. The loop around it is Trainer's.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/torch/torch_ops.h"
#include "train/training_set.h"

namespace sightline {

// Rows that are measured and never learnt from.
struct HeldOut {
  std::string split;
  TrainingSet set;
};

// What a task works with; all of it outlives the task.
struct TaskContext {
  const Recipe& recipe;
  const TrainingSet& set;
  const std::vector<HeldOut>& held_out;
  const std::filesystem::path& out;  // the model's folder
  TorchOps& ops;
};

class Task {
 public:
  virtual ~Task() = default;

  // The loss of one batch, with a graph behind it. `rows` are indices into the training set.
  // Whatever is drawn for a row depends on the recipe's seed, `epoch` and the row alone, so that a
  // resumed run draws the same.
  virtual at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) = 0;

  // Called after each step of the optimiser: brings parameters back into their bounds.
  virtual void after_step() {}

  // What a step's line in the log says of this task beside the loss.
  virtual std::vector<std::pair<std::string, double>> step_figures() const { return {}; }

  // The members of an evaluation's line: figures of each held-out split. Called without gradients
  // and with running statistics.
  virtual nlohmann::json evaluate() = 0;

  // Writes the model into the context's folder. `steps` is the number of steps of the whole run.
  virtual void export_model(int64_t steps) = 0;
};

// The task that the recipe's model asks for. Trains the tokenizer where there is one and builds the
// model; both are functions of recipe and training set.
std::unique_ptr<Task> make_task(const TaskContext& context);

}  // namespace sightline
