// Training of an image tower for the vectors of a text tower.
#pragma once

#include <memory>
#include <string>

#include "train/torch/task.h"

namespace sightline {

// The model whose text tower the recipe locks. Throws invalid_argument for a pair, and what
// Model::load throws.
Model load_locked_text(const std::string& path);

std::unique_ptr<Task> make_pair_task(const TaskContext& context);

}  // namespace sightline
