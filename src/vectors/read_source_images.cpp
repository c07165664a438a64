#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/vectors.h>

#include <iterator>
#include <map>
#include <string>

#include "base/file.h"
#include "base/path_id.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Images = std::vector<std::vector<uint8_t>>;

// By id: the elements of the result that are still empty. Ids are unique within a split only.
using Missing = std::multimap<std::string, size_t>;

// `step`: the number of this call, of which one in 64 is an update.
void report(const ProgressFn& progress, size_t step, size_t done, size_t total) {
  if (progress && step % 64 == 0)
    progress(
        {"reading the shown images", static_cast<int64_t>(done), static_cast<int64_t>(total), ""});
}

Images read_files(const fs::path& folder, std::span<const VectorItem> items,
                  const ProgressFn& progress) {
  Images images(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    report(progress, i, i, items.size());
    const fs::path path = folder / path_of_id(items[i].id);
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    try {
      images[i] = read_file(path, ImageLimits{}.max_bytes);
    } catch (const Error&) {
      images[i].clear();  // unreadable by now, like one that was removed
    }
  }
  return images;
}

Images read_rows(const DatasetInput& input, std::span<const VectorItem> items,
                 const ProgressFn& progress) {
  Images images(items.size());
  Missing missing;
  for (size_t i = 0; i < items.size(); ++i) missing.emplace(items[i].id, i);
  std::error_code error;
  const bool pattern = input.path.native().find('{') != std::string::npos;
  if (!pattern && !fs::exists(input.path, error)) return images;
  RowReader rows(input);
  for (size_t step = 0; !missing.empty(); ++step) {
    report(progress, step, items.size() - missing.size(), items.size());
    const auto row = rows.next();
    if (!row) break;
    if (row->error) continue;
    auto [at, end] = missing.equal_range(row->id);
    while (at != end) {
      const std::string split = split_of(items[at->second]);
      const bool same = split.empty() || split == row->split;
      if (same) images[at->second] = row->image;
      at = same ? missing.erase(at) : std::next(at);
    }
  }
  return images;
}

}  // namespace

Images read_source_images(const VectorSource& source, std::span<const VectorItem> items,
                          const ProgressFn& progress) {
  Images images = source.dataset.path.empty() ? read_files(source.folder, items, progress)
                                              : read_rows(source.dataset, items, progress);
  report(progress, 0, items.size(), items.size());
  return images;
}

}  // namespace sightline
