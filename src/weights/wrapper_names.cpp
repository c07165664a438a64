#include "weights/wrapper_names.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>

namespace sightline {

std::string without_wrappers(std::string_view name) {
  constexpr std::array<std::string_view, 3> kWrappers = {"_orig_mod.", "_fsdp_wrapped_module.",
                                                         "_checkpoint_wrapped_module."};
  std::string result;
  while (!name.empty()) {
    const auto wrapper = std::ranges::find_if(
        kWrappers, [&](std::string_view candidate) { return name.starts_with(candidate); });
    if (wrapper != kWrappers.end()) {
      name.remove_prefix(wrapper->size());
      continue;
    }
    const size_t component = std::min(name.find('.'), name.size() - 1) + 1;
    result += name.substr(0, component);
    name.remove_prefix(component);
  }
  return result;
}

bool all_in_module(const std::map<std::string, const TensorEntry*>& entries) {
  return !entries.empty() && std::ranges::all_of(entries, [](const auto& entry) {
    return entry.first.size() > 7 && entry.first.starts_with("module.");
  });
}

std::string other_prefix_hint(const std::string& missing, const std::vector<std::string>& names) {
  const std::string ending = "." + missing;
  for (const std::string& name : names) {
    if (name.ends_with(ending)) {
      const std::string prefix = name.substr(0, name.size() - missing.size());
      return message("; the file has '", name, "': the names of its tensors begin with '", prefix,
                     "', so save the state dict of the model itself, without '", prefix, "'");
    }
  }
  // Names of one or two parts ("bias", "conv1.weight") occur in too many places.
  const auto shorter = std::ranges::find_if(names, [&](const std::string& name) {
    return std::ranges::count(name, '.') >= 2 && missing.ends_with("." + name);
  });
  if (shorter == names.end()) return "";
  return message("; the file has '", *shorter, "': the names of its tensors lack the prefix '",
                 missing.substr(0, missing.size() - shorter->size()), "'");
}

}  // namespace sightline
