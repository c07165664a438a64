#include "library/overview/folder_names.h"

#include <algorithm>
#include <map>

#include "base/path_id.h"
#include "library/path_prefix.h"

namespace sightline::library {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// The path of the innermost root; the folder itself if it is in none.
std::string root_of(const std::string& folder, const std::vector<std::string>& roots) {
  const std::string* found = nullptr;
  for (const std::string& root : roots) {
    if (is_at_or_below(folder, root) && (found == nullptr || root.size() > found->size()))
      found = &root;
  }
  return found == nullptr ? folder : *found;
}

// As the innermost root is named in the paths of items.
std::vector<std::string> shown_parts(const RootNames& names, const std::string& folder) {
  const std::string path = names.of_id(path_id(folder) + "/x");
  return split(path.substr(0, path.rfind('/') + 1));
}

}  // namespace

std::vector<NamedFolder> name_folders(const LibraryState& library,
                                      std::span<const ItemFolder> folders) {
  std::vector<std::string> roots;
  library.snapshot()->with_catalogue_for_passes([&](const Catalogue& catalogue) {
    for (const auto& [path, options] : catalogue.roots()) roots.push_back(path);
  });
  std::map<std::string, size_t> numbers;
  std::vector<NamedFolder> out;
  for (const ItemFolder& folder : folders) {
    NamedFolder& named = out.emplace_back();
    if (folder.source == kFiles && library.root_names()) {
      named.parts = shown_parts(*library.root_names(), folder.path);
      const std::string root = "/" + (named.parts.empty() ? folder.path : named.parts[0]);
      named.root = numbers.try_emplace(root, numbers.size()).first->second;
      continue;
    }
    if (folder.source == kFiles) {
      const std::string root = root_of(folder.path, roots);
      named.root = numbers.try_emplace(root, numbers.size()).first->second;
      const std::vector<std::string> all = split(path_id(folder.path));
      // The root's last folder, and those below it.
      const size_t above = std::max<size_t>(split(root).size(), 1) - 1;
      named.parts.assign(all.begin() + static_cast<std::ptrdiff_t>(std::min(above, all.size())),
                         all.end());
      continue;
    }
    const DatasetSource* source = find_source(library.sources(), folder.source);
    const std::string name = source == nullptr ? "dataset" : source->name;
    named.root = numbers.try_emplace(name, numbers.size()).first->second;
    named.parts = split(name + "/" + folder.path);
  }
  return out;
}

std::string joined_parts(const NamedFolder& folder, size_t count) {
  std::string out;
  for (size_t i = 0; i < std::min(count, folder.parts.size()); ++i)
    out += (i == 0 ? "" : "/") + folder.parts[i];
  return out;
}

}  // namespace sightline::library
