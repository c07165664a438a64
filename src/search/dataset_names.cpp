#include "search/dataset_names.h"

#include <sightline/error.h>

#include <cctype>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/path_id.h"
#include "base/text.h"
#include "base/utf8.h"
#include "data/metadata_file.h"
#include "hub/cache.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxBytes = 200;  // of 255 that a file name may have; numbers are appended

// Also for a path that does not exist, so that names do not depend on it.
fs::path normal(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  fs::path normal = (error ? path : absolute).lexically_normal();
  if (!normal.has_filename() && normal.has_relative_path()) normal = normal.parent_path();
  return normal;
}

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// Drops the end of a text of path_id, but no part of a character or of an escaped byte.
std::string shortened(const std::string& name) {
  size_t end = 0;
  for (size_t at = 0; at < name.size();) {
    const bool escaped = name.compare(at, 2, "\\x") == 0 && at + 3 < name.size() &&
                         is_hex(name[at + 2]) && is_hex(name[at + 3]);
    at += escaped ? 4 : read_utf8(name, at).bytes;
    if (at > kMaxBytes) break;
    end = at;
  }
  return name.substr(0, end);
}

std::string name_of(const fs::path& path) {
  const std::string name = hub::display_name(normal(path));  // may be "org/name"
  const std::string last = path_id(name.substr(name.rfind('/') + 1));
  return last.empty() || last == "." || last == ".." ? "dataset" : shortened(last);
}

// Opening a folder with a metadata file reads the same as opening that file.
fs::path root_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return is_metadata_name(path.filename()) && path == metadata_file_in(folder) ? folder : path;
}

void require_different(std::span<const DatasetInput> inputs) {
  std::set<fs::path> seen;
  for (const DatasetInput& input : inputs) {
    std::error_code error;
    const fs::path path = normal(input.path), canonical = fs::weakly_canonical(path, error);
    if (!seen.insert(root_of(error ? path : canonical)).second) {
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
