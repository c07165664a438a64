// Training of a text tower on masked words.
#pragma once

#include <memory>

#include "train/torch/task.h"

namespace sightline {

std::unique_ptr<Task> make_masked_words_task(const TaskContext& context);

}  // namespace sightline
