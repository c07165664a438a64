#include "server/shown_paths.h"

#include <algorithm>
#include <vector>

#include "base/path_id.h"

namespace sightline::server {
namespace {

std::vector<std::string> paths_of(const LibraryInfo& info) {
  std::vector<std::string> paths;
  for (const LibraryRoot& root : info.roots) paths.push_back(path_id(root.path));
  for (const std::filesystem::path& dataset : info.datasets) paths.push_back(path_id(dataset));
  return paths;
}

void replace_all(std::string& text, const std::string& path, const std::string& name) {
  if (path == "/") return;
  for (size_t at = 0; (at = text.find(path, at)) != std::string::npos; at += name.size())
    text.replace(at, path.size(), name);
}

}  // namespace

std::string name_of_id(const std::string& id) {
  return id.substr(id.rfind('/') + 1);
}

ShownPaths::ShownPaths(const LibraryInfo& info, bool absolute)
    : absolute_(absolute), roots_(paths_of(info)), library_(path_id(info.path)) {}

std::string ShownPaths::of_id(const std::string& id) const {
  return absolute_ ? id : roots_.of_id(id);
}

std::string ShownPaths::of_item(const VectorItem& item) const {
  return item.dataset.empty() ? of_id(item.id) : item.dataset + "/" + item.id;
}

std::string ShownPaths::in_message(std::string text) const {
  if (absolute_) return text;
  bool replaced = false;  // the library may be below a root, or a root below it
  for (const auto& [path, name] : roots_.names()) {
    if (!replaced && path.size() < library_.size()) {
      replace_all(text, library_, "the library");
      replaced = true;
    }
    replace_all(text, path, name);
  }
  if (!replaced) replace_all(text, library_, "the library");
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
