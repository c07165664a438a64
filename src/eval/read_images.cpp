#include <sightline/experiment.h>
#include <sightline/vectors.h>

#include <utility>

namespace sightline {

std::map<int64_t, std::vector<uint8_t>> read_images(const EvaluationInput& input,
                                                    std::span<const ExperimentRow> rows,
                                                    std::span<const int64_t> wanted) {
  std::vector<VectorItem> items;
  for (const int64_t index : wanted) {
    const ExperimentRow& row = rows[static_cast<size_t>(index)];
    items.push_back({row.id, {}, {{"split", row.split}}});
  }
  // Without a data set, ids are paths in the folder of images.
  const std::filesystem::path& folder = input.dataset.options.image_root;
  if (input.dataset.path.empty() && folder.empty()) return {};
  auto bytes = read_source_images(
      {input.dataset, input.dataset.path.empty() ? folder : std::filesystem::path()}, items,
      input.encode.progress);
  std::map<int64_t, std::vector<uint8_t>> images;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!bytes[i].empty()) images[wanted[i]] = std::move(bytes[i]);
  }
  return images;
}

}  // namespace sightline
