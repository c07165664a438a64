#include <sightline/image.h>
#include <sightline/search.h>

#include "image/preprocess.h"

namespace sightline {

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
    options.resize = profiles.resize;
  }
  return options;
}

}  // namespace sightline
