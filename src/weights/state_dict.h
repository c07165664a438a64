// Finds the weights in a training checkpoint, which also contains the state of an optimizer,
// settings and averages of the weights.
#pragma once

#include <string>

#include "weights/pickle.h"

namespace sightline {

// Returns the dictionary of tensors: the pickle's root, or one that it contains under the keys that
// trainers use ("state_dict", "model_state_dict", "model", "module", …), at any of these levels, or
// else the only one under another key. Averages of the weights ("model_ema") are used only if there
// are no other weights. `where` is the file, for messages. Throws Error: invalid_data (no
// dictionary of tensors, or several; the message names them), unsupported (an object of an unknown
// class in its place).
const PickleNode& find_state_dict(const Pickle& pickle, const std::string& where);

}  // namespace sightline
