#include <sightline/error.h>

#include <array>

#include "models/bert.h"
#include "models/clip_family.h"
#include "models/clip_single.h"
#include "models/clip_with_bert.h"
#include "models/distilbert.h"
#include "models/jina_clip.h"
#include "models/mobilenet_v2.h"
#include "models/open_clip/towers.h"
#include "models/pair.h"
#include "models/resnet.h"
#include "models/roberta.h"
#include "models/siglip.h"
#include "models/towers.h"

namespace sightline {

std::span<const ModelFamily> model_families() {
  static const std::array families = {
      clip_vit_family(),   clip_resnet_family(),  clip_text_family(),    clip_vision_family(),
      open_clip_family(),  resnet_family(),       mobilenet_v2_family(), bert_family(),
      distilbert_family(), roberta_family(),      mpnet_family(),        siglip_family(),
      siglip2_family(),    chinese_clip_family(), altclip_family(),      jina_clip_family(),
      pair_family()};
  return families;
}

Tensor ImageTower::encode_patches(Ops& /*ops*/, const PackedPatches& /*images*/) const {
  throw Error(ErrorCode::internal, "the image tower takes images of one size");
}

LoadedModel load_towers(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  for (const ModelFamily& family : model_families()) {
    if (source.family != family.name) continue;
    LoadedModel model = family.load(source, ops, options);
    if (source.head) add_embedding_head(*source.head, ops, options, model);
    return model;
  }
  throw Error(ErrorCode::internal, "layout '", source.layout, "' names the family '", source.family,
              "', which is not in the registry");
}

}  // namespace sightline
