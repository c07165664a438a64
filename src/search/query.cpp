#include <sightline/image.h>
#include <sightline/search.h>

#include <string>
#include <utility>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text_encoding.h"
#include "image/preprocess.h"

namespace sightline {

std::string_view query_type_name(QueryType type) {
  switch (type) {
    case QueryType::text:
      return "text";
    case QueryType::image:
      return "image";
    case QueryType::vector:
      break;
  }
  return "vector";
}

Query text_query(std::string text) {
  return {QueryType::text, checked_query(std::move(text)), {}, {}};
}

Query image_query(const std::filesystem::path& file) {
  return {QueryType::image, path_id(file), read_file(file, ImageLimits{}.max_bytes), {}};
}

Query vector_query(std::string name, std::vector<float> vector) {
  return {QueryType::vector, std::move(name), {}, std::move(vector)};
}

ModelOptions query_model_options(const Collection& collection, ModelOptions options) {
  options.lazy_packing = true;
  const auto& provenance = collection.provenance();
  if (!options.precision) {
    const bool follow = provenance && options.backend == Backend::cpu;
    options.precision = follow ? provenance->computation.precision : Precision::fp32;
  }
  if (provenance && provenance->kind == VectorKind::images) {
    const DescribedProfiles profiles = described_profiles(provenance->preprocessing);
    options.orientation = profiles.orientation;
    options.decode = profiles.decode;
  }
  return options;
}

}  // namespace sightline
