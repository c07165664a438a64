#include "search/dataset_names.h"

#include <sightline/error.h>

#include <filesystem>
#include <set>
#include <system_error>

#include "base/path_id.h"
#include "base/text.h"
#include "hub/cache.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Also for a path that does not exist, so that names do not depend on it.
fs::path normal(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  fs::path normal = (error ? path : absolute).lexically_normal();
  if (!normal.has_filename() && normal.has_relative_path()) normal = normal.parent_path();
  return normal;
}

std::string name_of(const fs::path& path) {
  const std::string name = hub::display_name(normal(path));  // may be "org/name"
  const std::string last = path_id(name.substr(name.rfind('/') + 1));
  return last.empty() || last == "." || last == ".." ? "dataset" : last;
}

void require_different(std::span<const DatasetInput> inputs) {
  std::set<fs::path> seen;
  for (const DatasetInput& input : inputs) {
    std::error_code error;
    const fs::path path = normal(input.path), canonical = fs::weakly_canonical(path, error);
    if (!seen.insert(error ? path : canonical).second) {
      throw Error(ErrorCode::invalid_argument, "the data set ", quoted(input.path),
                  " is given twice");
    }
  }
}

}  // namespace

std::vector<std::string> dataset_names(std::span<const DatasetInput> inputs,
                                       std::span<const std::string> reserved) {
  require_different(inputs);
  std::set<std::string> taken(reserved.begin(), reserved.end());
  std::vector<std::string> names;
  for (const DatasetInput& input : inputs) {
    const std::string name = name_of(input.path);
    std::string unique = name;
    for (int n = 2; !taken.insert(unique).second; ++n) unique = name + "-" + std::to_string(n);
    names.push_back(std::move(unique));
  }
  return names;
}

}  // namespace sightline
