#include "library/watch/watched_root.h"

#include <sys/stat.h>

#include <algorithm>

#include "library/path_prefix.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

bool contains(const fs::path& tree, const fs::path& path) {
  return std::mismatch(tree.begin(), tree.end(), path.begin(), path.end()).first == tree.end();
}

}  // namespace

FolderId folder_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

WatchedRoot::WatchedRoot(const WatchRoot& root)
    : path(root.path.string()),
      excluded(root.options.exclude),
      include_hidden(root.options.include_hidden) {}

bool WatchedRoot::leaves_out(const std::string& below, bool is_folder) const {
  const std::string relative = below.substr(with_slash(path).size());
  const size_t slash = relative.rfind('/');
  const std::string_view name =
      std::string_view(relative).substr(slash == std::string::npos ? 0 : slash + 1);
  if (name.starts_with('.') && !include_hidden) return true;
  return excluded.excludes(relative, is_folder);
}

bool WatchedRoot::follows(const std::string& link) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return false;
  for (const auto& [followed, tree] : trees) {
    if (contains(tree, target) || contains(target, tree)) return false;
  }
  trees.insert_or_assign(link, target);
  return true;
}

void WatchedRoot::forget_links(const std::string& below) {
  std::erase_if(trees, [&](const auto& tree) { return is_at_or_below(tree.first, below); });
}

}  // namespace sightline::library
