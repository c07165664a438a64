#include <sightline/error.h>

#include <array>

#include "models/bert.h"
#include "models/clip_family.h"
#include "models/pair.h"
#include "models/resnet.h"
#include "models/towers.h"

namespace sightline {

std::span<const ModelFamily> model_families() {
  static const std::array families = {clip_vit_family(), clip_resnet_family(), resnet_family(),
                                      bert_family(), pair_family()};
  return families;
}

LoadedModel load_towers(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  for (const ModelFamily& family : model_families()) {
    if (source.family == family.name) return family.load(source, ops, options);
  }
  throw Error(ErrorCode::internal, "layout '", source.layout, "' names the family '", source.family,
              "', which is not in the registry");
}

}  // namespace sightline
