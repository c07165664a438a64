#include "train/image_start.h"

#include <sightline/error.h>

#include "base/text.h"
#include "models/layouts.h"
#include "models/mobilenet_v2.h"
#include "models/resnet.h"
#include "train/initializer.h"

namespace sightline {
namespace {

struct Kind {
  const char *family, *classifier;
};

Kind kind_of(const ImageSizes& sizes) {
  if (std::holds_alternative<MobilenetV2Config>(sizes)) return {"mobilenet_v2", "classifier"};
  return {"resnet", "fc"};
}

int64_t classes_of(const ModelSource& source) {
  if (const auto* config = std::any_cast<MobilenetV2Config>(&source.config)) return config->classes;
  return source.config_as<ResnetConfig>().classes;
}

}  // namespace

bool TransferredWeights::is_classifier(const std::string& name) const {
  return name.starts_with(classifier_ + ".");
}

// The tensor of `from` has the same shape, except for the number of outputs.
void TransferredWeights::check_classifier(const std::string& name, Shape shape) {
  shape[0] = classes_;
  from_.check(name, shape);
}

Tensor TransferredWeights::take(const std::string& name, const Shape& shape) {
  if (!is_classifier(name)) return from_.take(name, shape);
  check_classifier(name, shape);
  return random_.take(name, shape);
}

void TransferredWeights::check(const std::string& name, const Shape& shape) {
  if (!is_classifier(name)) return from_.check(name, shape);
  check_classifier(name, shape);
}

ModelSource open_start_model(const PairImage& image) {
  ModelSource from = open_model(image.from);
  const Kind kind = kind_of(image.sizes);
  if (from.family != kind.family) {
    throw Error(ErrorCode::invalid_data, "the recipe's image model ",
                quoted(std::filesystem::path(image.from)), " is of family '", from.family,
                "', expected '", kind.family, "'");
  }
  return from;
}

ImageStart open_image_start(const PairImage& image, uint64_t seed) {
  ImageStart start;
  start.random = std::make_unique<ConvolutionInitializer>(seed);
  if (image.from.empty()) {
    if (std::holds_alternative<MobilenetV2Config>(image.sizes))
      start.pixels = imagenet_preprocess();
    return start;
  }
  start.from = open_start_model(image);
  const Kind kind = kind_of(image.sizes);
  start.transferred = std::make_unique<TransferredWeights>(*start.from.parameters, *start.random,
                                                           kind.classifier, classes_of(start.from));
  start.pixels = start.from.preprocess();
  return start;
}

std::unique_ptr<ImageTower> make_image_tower(WeightBuilder& weights, const ImageSizes& sizes) {
  if (const auto* config = std::get_if<MobilenetV2Config>(&sizes))
    return std::make_unique<MobilenetV2Tower>(weights, *config);
  return std::make_unique<ResnetTower>(weights, std::get<ResnetConfig>(sizes));
}

}  // namespace sightline
