#include "data/file_list.h"

#include <sightline/error.h>
#include <sightline/image.h>

#include <utility>

#include "base/file.h"
#include "base/path_id.h"
#include "base/suggest.h"
#include "base/text.h"
#include "data/no_image.h"
#include "data/readers/folder_walk.h"

namespace sightline {

namespace fs = std::filesystem;

Row ListedFile::read() const {
  Row row;
  row.id = id;
  row.error = problem;
  if (row.error) return row;
  try {
    row.image = read_file(path, ImageLimits{}.max_bytes);
  } catch (const Error& error) {
    row.error = error.what();
  }
  return row;
}

FileList list_files(std::span<const fs::path> paths, const FolderOptions& folders) {
  FileList list;
  std::vector<ListedFile>& files = list.files;
  std::error_code error;
  const bool one_folder = paths.size() == 1 && fs::is_directory(paths[0], error);
  // A path that cannot be read is skipped if there are others.
  const auto skip = [&](const fs::path& path, ErrorCode code, const std::string& problem) {
    if (paths.size() == 1) throw Error(code, problem);
    files.push_back({path, path_id(path), problem});
  };
  for (const fs::path& path : paths) {
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      if (status.type() == fs::file_type::not_found) {
        skip(path, ErrorCode::not_found,
             message("there is no image or folder ", quoted(path), nearest_path(path)));
      } else {
        skip(path, ErrorCode::io, message("cannot read ", quoted(path), ": ", error.message()));
      }
      continue;
    }
    if (!fs::is_directory(status)) {
      files.push_back({path, path_id(path), std::nullopt});
      continue;
    }
    if (fs::directory_iterator readable(path, error); error) {
      skip(path, ErrorCode::io,
           message("cannot read the folder ", quoted(path), ": ", error.message()));
      continue;
    }
    const size_t before = files.size();
    FolderWalk walk(path, folders);
    while (auto found = walk.next()) {
      const fs::path file = path / found->path;
      files.push_back(
          {file, path_id(one_folder ? fs::path(found->path) : file), std::move(found->problem)});
    }
    if (files.size() == before) list.warnings.push_back(no_image_in(path));
  }
  return list;
}

}  // namespace sightline
