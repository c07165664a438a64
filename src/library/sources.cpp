#include "library/sources.h"

#include <algorithm>

#include "library/indexing/source_options.h"
#include "search/dataset_names.h"

namespace sightline::library {

std::vector<DatasetSource> dataset_sources(std::span<const SourceRecord> sources) {
  std::vector<DatasetSource> out;
  std::vector<DatasetInput> inputs;
  for (const SourceRecord& source : sources) {
    if (source.id == kFiles) continue;
    inputs.push_back(parse_dataset_options(source.path, source.options));
    out.push_back({source.id, "", inputs.back()});
  }
  const std::vector<std::string> names = dataset_names(inputs);
  for (size_t i = 0; i < out.size(); ++i) out[i].name = names[i];
  return out;
}

const DatasetSource* find_source(std::span<const DatasetSource> sources, const std::string& name) {
  const auto found = std::ranges::find(sources, name, &DatasetSource::name);
  return found == sources.end() ? nullptr : &*found;
}

const DatasetSource* find_source(std::span<const DatasetSource> sources, int64_t id) {
  const auto found = std::ranges::find(sources, id, &DatasetSource::id);
  return found == sources.end() ? nullptr : &*found;
}

}  // namespace sightline::library
