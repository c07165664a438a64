#include <sightline/experiment.h>

#include <utility>

namespace sightline {

std::map<int64_t, std::vector<uint8_t>> read_images(const EvaluationInput& input,
                                                    std::span<const ExperimentRow> rows,
                                                    std::span<const int64_t> wanted) {
  // Several rows may refer to one file.
  std::map<std::pair<std::string, std::string>, std::vector<int64_t>> missing;
  for (const int64_t index : wanted) {
    const ExperimentRow& row = rows[static_cast<size_t>(index)];
    missing[{row.split, row.id}].push_back(index);
  }
  std::map<int64_t, std::vector<uint8_t>> images;
  RowReader reader(input.dataset);
  while (!missing.empty()) {
    const auto row = reader.next();
    if (!row) break;
    const auto at = missing.find({row->split, row->id});
    if (at == missing.end() || row->error) continue;
    for (const int64_t index : at->second) images[index] = row->image;
    missing.erase(at);
  }
  return images;
}

}  // namespace sightline
