// The image tower of a pair at the start of its training: sizes, weights, and the constants that
// normalize its pixels.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <memory>

#include "models/model_source.h"
#include "models/towers.h"
#include "models/weight_builder.h"
#include "train/recipe_model.h"

namespace sightline {

// The weights of another model, all but its classifier, which is drawn at random, because the new
// one has other outputs.
class TransferredWeights : public ParameterSource {
 public:
  // classifier: name of the layer; classes: its outputs in `from`.
  TransferredWeights(ParameterSource& from, ParameterSource& random, std::string classifier,
                     int64_t classes)
      : from_(from), random_(random), classifier_(std::move(classifier)), classes_(classes) {}
  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string& name, const Shape& shape) override;
  void finish() const override { from_.finish(); }

 private:
  bool is_classifier(const std::string& name) const;
  void check_classifier(const std::string& name, Shape shape);

  ParameterSource &from_, &random_;
  std::string classifier_;
  int64_t classes_;
};

struct ImageStart {
  std::unique_ptr<ParameterSource> random;
  ModelSource from;                              // without parameters if all weights are random
  std::unique_ptr<ParameterSource> transferred;  // refers to `random` and to from.parameters
  // Mean and standard deviation: those of `from`. Without it, ImageNet's for a MobileNetV2, CLIP's
  // for a ResNet.
  PreprocessSpec pixels;

  ParameterSource& weights() const { return transferred ? *transferred : *random; }
};

// Opens `from`, which must not be empty. Throws what open_model throws, and invalid_data if it is
// of another family.
ModelSource open_start_model(const PairImage& image);

// Throws what open_start_model throws.
ImageStart open_image_start(const PairImage& image, uint64_t seed);

// A tower of the image's sizes.
std::unique_ptr<ImageTower> make_image_tower(WeightBuilder& weights, const ImageSizes& sizes);

}  // namespace sightline
