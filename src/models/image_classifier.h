// Loads models that consist of an image tower with logits: ResNet and MobileNetV2.
#pragma once

#include <memory>
#include <utility>

#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {

// Builds a Tower from the source's config, a Config. D is the number of classes.
template <class Tower, class Config>
LoadedModel load_image_classifier(const ModelSource& source, Ops& ops, const ModelOptions& options,
                                  Activation activation) {
  const auto& config = source.config_as<Config>();
  WeightBuilder weights(*source.parameters, options.load_image_tower ? &ops : nullptr);
  auto image = std::make_unique<Tower>(weights, config);
  source.parameters->finish();

  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(image);
  model.info.family = source.family;
  model.info.has_text = false;
  model.info.embedding_dim = config.classes;
  model.info.parameters = weights.parameter_count();
  model.info.image_size = static_cast<int>(config.image_size);
  model.info.activation = activation_name(activation);
  return model;
}

}  // namespace sightline
