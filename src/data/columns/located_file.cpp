#include "data/columns/located_file.h"

#include "base/text.h"
#include "data/readers/columns.h"

namespace sightline {

namespace fs = std::filesystem;

LocatedFile locate_file(const fs::path& folder, const std::string& name) {
  if (is_web_address(name))
    return {{}, "'" + printable(name) + "' is a web address" + kDownloadAdvice};
  if (name.empty() || name.find('\0') != std::string::npos || fs::path(name).is_relative()) {
    const std::string problem = path_problem(name);
    return {problem.empty() ? folder / name : fs::path(), problem};
  }
  const fs::path inside =
      fs::path(name).lexically_relative(fs::absolute(folder).lexically_normal());
  if (const auto problem = path_problem(inside.string()); !problem.empty()) {
    return {{},
            "the file name '" + name + "' is an absolute path outside '" + folder.string() + "'"};
  }
  return {folder / inside, ""};
}

}  // namespace sightline
