// Training of an image tower for the vectors of a text tower.
#pragma once

#include <memory>

#include "train/torch/task.h"

namespace sightline {

std::unique_ptr<Task> make_pair_task(const TaskContext& context);

}  // namespace sightline
