// Maps the image names in metadata to files.
#pragma once

#include <filesystem>
#include <string>

namespace sightline {

struct LocatedFile {
  std::filesystem::path file;
  std::string problem;  // why the file must not be opened; else ""
};

// Returns the file in `folder` that metadata calls `name`. Metadata is untrusted and must not be
// able to open arbitrary files: a name that contains "..", an absolute name outside the folder and
// a URL are problems. Symbolic links are followed.
LocatedFile locate_file(const std::filesystem::path& folder, const std::string& name);

}  // namespace sightline
