#include "train/torch/task.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>

#include "train/torch/classification_task.h"
#include "train/torch/contrastive_task.h"
#include "train/torch/fine_tune_task.h"
#include "train/torch/masked_words_task.h"
#include "train/torch/pair_task.h"

namespace sightline {

bool Task::trainable(const std::string& parameter) const {
  return std::ranges::none_of(context_.recipe.frozen, [&](const std::string& prefix) {
    return parameter.starts_with(prefix);
  });
}

std::vector<int64_t> Task::epoch_samples(int64_t epoch) const {
  return epoch_order(context_.set, context_.recipe.seed, epoch);
}

double Task::add_gradients(std::span<const int64_t> rows, int64_t epoch) {
  const at::Tensor loss = batch_loss(rows, epoch);
  const auto value = loss.item<double>();
  if (std::isfinite(value)) loss.backward();
  return value;
}

std::unique_ptr<Task> make_task(const TaskContext& context) {
  if (std::holds_alternative<BertConfig>(context.recipe.model))
    return make_masked_words_task(context);
  if (std::holds_alternative<ResnetConfig>(context.recipe.model))
    return make_classification_task(context);
  if (std::holds_alternative<PairModel>(context.recipe.model)) return make_pair_task(context);
  if (std::holds_alternative<PublishedModel>(context.recipe.model))
    return make_fine_tune_task(context);
  return make_contrastive_task(context);
}

std::vector<TorchParameter> trained_parameters(const Task& task, const TorchOps& ops,
                                               const Recipe& recipe) {
  for (const std::string& prefix : recipe.frozen) {
    const bool found = std::ranges::any_of(ops.parameters(), [&](const TorchParameter& parameter) {
      return parameter.name.starts_with(prefix);
    });
    if (!found) {
      throw Error(ErrorCode::invalid_data, "the recipe's 'frozen' has '", prefix,
                  "', with which no parameter of the model begins (the first is '",
                  ops.parameters().front().name, "')");
    }
  }
  std::vector<TorchParameter> trained;
  for (TorchParameter parameter : ops.parameters()) {
    const bool trains = task.trainable(parameter.name);
    parameter.value.set_requires_grad(trains);
    if (trains) trained.push_back(std::move(parameter));
  }
  if (trained.empty())
    throw Error(ErrorCode::invalid_data, "the recipe's 'frozen' leaves no parameter to train");
  return trained;
}

}  // namespace sightline
