// Tensor names of models that were saved inside a wrapper.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// Returns a name without the parts that PyTorch's wrappers insert anywhere in it and that no model
// has: "_orig_mod." (torch.compile), "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.".
std::string without_wrappers(std::string_view name);

// Whether all names begin with "module.", as data-parallel training writes them.
bool all_in_module(const std::map<std::string, const TensorEntry*>& entries);

// Explains why a tensor is missing, if a file has it under a longer or a shorter name: "; the file
// has 'clip.visual.proj', so its names begin with 'clip.'". Otherwise returns "".
std::string other_prefix_hint(const std::string& missing, const std::vector<std::string>& names);

}  // namespace sightline
