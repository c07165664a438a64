#include "server/shown_paths.h"

#include <algorithm>
#include <set>

#include "base/path_id.h"

namespace sightline::server {
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

bool is_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) &&
         (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

}  // namespace

std::string name_of_id(const std::string& id) {
  return id.substr(id.rfind('/') + 1);
}

ShownPaths::ShownPaths(const LibraryInfo& info, bool absolute) : absolute_(absolute) {
  std::set<std::string> taken;
  const auto add = [&](const std::filesystem::path& path) {
    const std::string whole = without_slash(path_id(path));
    std::string name = name_of_id(whole);
    if (name.empty()) name = "files";
    names_.emplace_back(whole, unique_name(name, taken));
  };
  for (const LibraryRoot& root : info.roots) add(root.path);
  for (const auto& dataset : info.datasets) add(dataset);
  names_.emplace_back(without_slash(path_id(info.path)), "the library");
  std::ranges::sort(names_, std::ranges::greater{}, [](const auto& n) { return n.first.size(); });
}

std::string ShownPaths::of_id(const std::string& id) const {
  if (absolute_ || !id.starts_with('/')) return id;
  for (const auto& [path, name] : names_) {
    if (is_below(id, path)) return name + id.substr(path == "/" ? 0 : path.size());
  }
  return name_of_id(id);
}

std::string ShownPaths::of_item(const VectorItem& item) const {
  return item.dataset.empty() ? of_id(item.id) : item.dataset + "/" + item.id;
}

std::string ShownPaths::in_message(std::string text) const {
  if (absolute_) return text;
  for (const auto& [path, name] : names_) {
    if (path == "/") continue;
    for (size_t at = 0; (at = text.find(path, at)) != std::string::npos; at += name.size())
      text.replace(at, path.size(), name);
  }
  // Other paths begin behind a quote or a space.
  for (const char* sign : {"'/", " /"}) {
    size_t at = 0;
    while ((at = text.find(sign, at)) != std::string::npos) {
      const size_t end = std::min(text.find_first_of("'\"", at + 1), text.size());
      text.replace(at + 1, end - at - 1, "…");
      ++at;
    }
  }
  return text;
}

}  // namespace sightline::server
