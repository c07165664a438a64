// Contrastive training of two towers.
#pragma once

#include <memory>

#include "train/torch/task.h"

namespace sightline {

std::unique_ptr<Task> make_contrastive_task(const TaskContext& context);

}  // namespace sightline
