// Training of an image tower on classes.
#pragma once

#include <memory>

#include "train/torch/task.h"

namespace sightline {

std::unique_ptr<Task> make_classification_task(const TaskContext& context);

}  // namespace sightline
