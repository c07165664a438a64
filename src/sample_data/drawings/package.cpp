#include "sample_data/drawings/package.h"

#include <libxml/parser.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "base/path_id.h"
#include "base/text.h"
#include "sample_data/batches.h"
#include "sample_data/drawings/read_metadata.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Returns the paths of the SVG files as UTF-8 (path_id), relative to the folder and sorted, without
// symbolic links.
std::vector<std::string> list_files(const fs::path& folder, Package& package) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().extension() != ".svg") continue;
    ++package.files;
    if (at->is_symlink()) {
      ++package.links;
    } else if (at->is_regular_file()) {
      paths.push_back(path_id(at->path().lexically_relative(folder)));
    }
  }
  if (error) {
    throw Error(ErrorCode::io, "cannot list ", quoted(folder), ": ", error.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Package read_package(const fs::path& folder, const ProgressFn& progress) {
  Package package;
  package.folder = folder;
  const auto paths = list_files(folder, package);
  if (paths.empty()) {
    throw Error(ErrorCode::not_found, quoted(folder), " has no SVG files");
  }
  xmlInitParser();  // before threads use it
  package.drawings.resize(paths.size());
  std::vector<Digest> digests(paths.size());
  for_each_batch(paths.size(), "reading drawings", progress, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const MappedFile document(folder / path_of_id(paths[i]));
      digests[i] = sha256(document.bytes());
      package.drawings[i] = read_metadata(document.bytes(), paths[i]);
    }
  });
  Sha256 all;
  for (size_t i = 0; i < paths.size(); ++i) all.update(paths[i]).update("\n").update(digests[i]);
  package.sha256 = to_hex(all.digest());
  return package;
}

}  // namespace sightline
