#include "search/image_file.h"

#include <system_error>

#include "base/path_id.h"

namespace sightline {

namespace fs = std::filesystem;

fs::path image_file(const VectorSource& source, const VectorItem& item) {
  const fs::path name = path_of_id(item.id);
  const DatasetInput& dataset = source.dataset;
  for (const fs::path& folder : {source.folder, dataset.path, fs::path(dataset.options.image_root),
                                 dataset.path.parent_path()}) {
    std::error_code error;
    if (!folder.empty() && fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return name;
}

}  // namespace sightline
