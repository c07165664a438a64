// The files of the package of drawings.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sample_data/drawings/drawing.h"

namespace sightline {

struct Package {
  std::filesystem::path folder;
  int64_t files = 0;              // named *.svg, symbolic links included
  int64_t links = 0;              // symbolic links to other files
  std::vector<Drawing> drawings;  // of the files that are not links, sorted by path
  std::string sha256;             // of the paths and contents of the drawings, hexadecimal
};

// Reads the metadata of all SVG files in a folder and its subfolders. Uses all cores. Throws
// not_found if there are none, io, cancelled.
Package read_package(const std::filesystem::path& folder, const ProgressFn& progress);

}  // namespace sightline
