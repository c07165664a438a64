#include "models/dual_encoder.h"

#include <cmath>
#include <utility>

#include "models/clip_vit.h"

namespace sightline {

LoadedModel dual_encoder(const ModelSource& source, const ModelOptions& options, DualTowers towers,
                         const DualSizes& sizes, Activation activation) {
  const Tensor logit_scale = source.parameters->take(kLogitScaleName, {});
  source.parameters->finish();

  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(towers.image);
  if (options.load_text_tower) model.text = std::move(towers.text);
  model.vocab_size = sizes.vocab_size;
  model.info.family = source.family;
  model.info.embedding_dim = sizes.embedding_dim;
  model.info.parameters = towers.parameters + 1;
  model.info.image_size = static_cast<int>(sizes.image_size);
  model.info.patch_size = static_cast<int>(sizes.patch_size);
  model.info.context_length = static_cast<int>(sizes.context_length);
  model.info.logit_scale = std::exp(*logit_scale.data<float>());
  model.info.activation = activation_name(activation);
  return model;
}

}  // namespace sightline
