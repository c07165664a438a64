#include "library/root_names.h"

#include <algorithm>
#include <functional>
#include <set>

namespace sightline::library {
namespace {

// `name`, or `name`-2 and so on if it is taken.
std::string unique_name(const std::string& name, std::set<std::string>& taken) {
  std::string out = name;
  for (int i = 2; !taken.insert(out).second; ++i) out = name + "-" + std::to_string(i);
  return out;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) &&
         (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

}  // namespace

RootNames::RootNames(std::span<const std::string> paths) {
  std::set<std::string> taken;
  for (const std::string& path : paths) {
    const std::string whole = without_slash(path);
    const std::string name = last_component(whole);
    names_.emplace_back(whole, unique_name(name.empty() ? "files" : name, taken));
  }
  std::ranges::stable_sort(names_, std::ranges::greater{},
                           [](const auto& name) { return name.first.size(); });
}

std::string RootNames::of_id(const std::string& id) const {
  if (!id.starts_with('/')) return id;
  for (const auto& [path, name] : names_) {
    if (is_below(id, path)) return name + id.substr(path == "/" ? 0 : path.size());
  }
  return last_component(id);
}

}  // namespace sightline::library
