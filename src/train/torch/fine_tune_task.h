// Fine-tuning of a published model: contrastive, with the parameters that the method trains.
#pragma once

#include <memory>

#include "train/torch/task.h"

namespace sightline {

std::unique_ptr<Task> make_fine_tune_task(const TaskContext& context);

}  // namespace sightline
