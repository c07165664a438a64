// The weights that a pair's image tower starts from.
#include "train/image_start.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "models/layouts.h"
#include "models/mobilenet_v2.h"
#include "train/initializer.h"

namespace sightline {
namespace {

constexpr const char* kModel =
    SIGHTLINE_SOURCE_DIR "/tests/golden/mobilenet_v2/even/model.safetensors";

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data<float>(), tensor.data<float>() + tensor.count()};
}

TEST(ImageStart, RandomWithoutAModel) {
  PairImage image;
  image.sizes = MobilenetV2Config{};
  const ImageStart start = open_image_start(image, 3);
  ConvolutionInitializer random(3);
  EXPECT_EQ(values(start.weights().take("conv_head.weight", {4, 5, 1, 1})),
            values(random.take("conv_head.weight", {4, 5, 1, 1})));
  EXPECT_FLOAT_EQ(start.pixels.mean[0], 0.485f);
  image.sizes = ResnetConfig{};
  EXPECT_EQ(open_image_start(image, 3).pixels.mean, PreprocessSpec{}.mean);  // CLIP's
}

TEST(ImageStart, TakesAllButTheClassifierFromTheModel) {
  const Checkpoint checkpoint(kModel);
  PairImage image;
  image.from = kModel;
  MobilenetV2Config sizes = mobilenet_v2_sizes(checkpoint, /*torchvision_names=*/true);
  sizes.classes = 5;
  image.sizes = sizes;
  const ImageStart start = open_image_start(image, 3);
  for (const auto& [ours, theirs] :
       {std::pair("conv_stem.weight", "features.0.0.weight"),
        {"blocks.6.0.bn3.running_var", "features.17.conv.3.running_var"},
        {"bn2.bias", "features.18.1.bias"}}) {
    const Shape shape = checkpoint.find(theirs)->shape;
    EXPECT_EQ(values(start.weights().take(ours, shape)), values(checkpoint.load(theirs, shape)))
        << ours;
  }
  ConvolutionInitializer random(3);
  const Shape classifier = {5, sizes.head_width};
  EXPECT_EQ(values(start.weights().take("classifier.weight", classifier)),
            values(random.take("classifier.weight", classifier)));
  EXPECT_THROW(start.weights().finish(), Error);  // most of the tensors were not read
  EXPECT_THROW(start.weights().take("classifier.weight", {5, sizes.head_width + 1}), Error);
  EXPECT_FLOAT_EQ(start.pixels.std[2], 0.225f);

  const ImageStart whole = open_image_start(image, 3);
  WeightBuilder shapes(whole.weights(), nullptr);
  EXPECT_NE(make_image_tower(shapes, image.sizes), nullptr);
  whole.weights().finish();
}

TEST(ImageStart, AResnetStartsFromAResnet) {
  const std::string path = SIGHTLINE_SOURCE_DIR "/tests/golden/resnet/even/model.safetensors";
  const Checkpoint checkpoint(path);
  ResnetConfig sizes = resnet_sizes(checkpoint);
  sizes.classes = 5;
  const ImageStart start = open_image_start({sizes, path}, 3);
  WeightBuilder shapes(start.weights(), nullptr);
  EXPECT_NE(make_image_tower(shapes, sizes), nullptr);
  start.weights().finish();
  EXPECT_FLOAT_EQ(start.pixels.mean[0], 0.485f);  // torchvision's, not CLIP's
  EXPECT_THROW(open_image_start({MobilenetV2Config{}, path}, 3), Error);
}

}  // namespace
}  // namespace sightline
