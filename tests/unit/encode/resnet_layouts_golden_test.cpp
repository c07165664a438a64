// The whole way from files to vectors for convolutional towers: OpenCLIP's ModifiedResNet,
// torchvision's single file, timm's directory, against the references' numbers
// (tests/golden/clip_resnet, resnet, mobilenet_v2).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "models/mobilenet_v2.h"
#include "models/towers.h"
#include "unit/data/temporary_folder.h"
#include "unit/encode/golden_model.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";

// The image tower's output for pixels.npy of `data`, against the array `expected` there: relative
// to its largest number, some hundred roundings of fp32.
void expect_images(const ModelSource& source, const fs::path& data, const char* expected) {
  const auto ops = create_ops(Backend::cpu);
  const LoadedModel model = load_towers(source, *ops, {});
  const NpyArray pixels = read_npy(data / "pixels.npy"), numbers = read_npy(data / expected);
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  const Tensor got = ops->to_host(model.image->encode(*ops, ops->from_host(host)));
  ASSERT_EQ(got.count(), static_cast<int64_t>(numbers.f32().size()));
  float largest = 0;
  for (const float x : numbers.f32()) largest = std::max(largest, std::fabs(x));
  for (int64_t i = 0; i < got.count(); ++i) {
    ASSERT_NEAR(got.data<float>()[i], numbers.f32()[static_cast<size_t>(i)],
                2e-5f * std::max(1.0f, largest))
        << i;
  }
}

TEST(ResnetLayouts, OpenClip) {
  for (const char* name : {"small", "odd"}) {
    const ModelSource source = open_model(kGolden / "clip_resnet" / name);
    EXPECT_EQ(source.layout, "open_clip");
    EXPECT_EQ(source.family, "clip_resnet");
    expect_images(source, kGolden / "clip_resnet" / name, "image.npy");
  }
}

TEST(ResnetLayouts, TorchvisionFile) {
  for (const char* name : {"even", "odd"}) {
    const ModelSource source = open_model(kGolden / "resnet" / name / "model.safetensors");
    EXPECT_EQ(source.layout, "torchvision");
    expect_images(source, kGolden / "resnet" / name, "logits.npy");
  }
}

TEST(MobilenetV2Layouts, TorchvisionFile) {
  for (const char* name : {"even", "odd"}) {
    const ModelSource source = open_model(kGolden / "mobilenet_v2" / name / "model.safetensors");
    EXPECT_EQ(source.layout, "torchvision");
    EXPECT_EQ(source.family, "mobilenet_v2");
    expect_images(source, kGolden / "mobilenet_v2" / name, "logits.npy");
  }
}

// Hands out the tensors of torchvision's file, and keeps them under timm's names.
class Collected : public ParameterSource {
 public:
  explicit Collected(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}
  Tensor take(const std::string& name, const Shape& shape) override {
    tensors.push_back({name, checkpoint_.load(torchvision_mobilenet_v2_name(name), shape)});
    return tensors.back().tensor;
  }
  void check(const std::string&, const Shape&) override {}
  std::vector<NamedTensor> tensors;

 private:
  const Checkpoint& checkpoint_;
};

TEST(MobilenetV2Layouts, TimmDirectory) {
  for (const char* name : {"even", "odd"}) {
    const fs::path golden = kGolden / "mobilenet_v2" / name;
    const Checkpoint checkpoint(golden / "model.safetensors");
    const MobilenetV2Config sizes = mobilenet_v2_sizes(checkpoint, /*torchvision_names=*/true);
    Collected collected(checkpoint);
    const auto ops = create_ops(Backend::cpu);
    WeightBuilder weights(collected, ops.get());
    const MobilenetV2Tower tower(weights, sizes);
    testing::TemporaryFolder folder;
    write_safetensors(folder.path() / "model.safetensors", collected.tensors, FloatStorage::f32);
    const json config = {{"architecture", "mobilenetv2_100"},
                         {"num_classes", sizes.classes},
                         {"pretrained_cfg", {{"input_size", {3, 96, 96}}}}};
    folder.write("config.json", config.dump());
    const ModelSource source = open_model(folder.path());
    EXPECT_EQ(source.layout, "timm");
    EXPECT_EQ(source.family, "mobilenet_v2");
    EXPECT_EQ(source.preprocess().crop_size, 96);
    expect_images(source, golden, "logits.npy");
  }
}

// The golden ResNet `name` as timm's directory. `side` 0: the image size of the golden file.
void write_timm_resnet(const testing::TemporaryFolder& folder, const std::string& name, int side) {
  fs::copy_file(kGolden / "resnet" / name / "model.safetensors",
                folder.path() / "model.safetensors", fs::copy_options::overwrite_existing);
  const json sizes = json::parse(read_text_file(kGolden / "resnet" / name / "sizes.json"));
  if (side == 0) side = sizes["image_size"];
  const json config = {{"architecture", "resnet50"},
                       {"num_classes", sizes["classes"]},
                       {"model_args",
                        {{"layers", sizes["layers"]},
                         {"channels", sizes["channels"]},
                         {"stem_width", sizes["stem_width"]}}},
                       {"pretrained_cfg", {{"input_size", {3, side, side}}}}};
  folder.write("config.json", config.dump());
}

// Without positions, the weights fit images of every size.
TEST(ResnetLayouts, ImagesOfGigabytesAreRefused) {
  const testing::TemporaryFolder folder;
  write_timm_resnet(folder, "even", 2048);
  EXPECT_EQ(Model::load(folder.path()).preprocess().crop_size, 2048);
  for (const int side : {2049, 16384, 1 << 20}) {
    write_timm_resnet(folder, "even", side);
    EXPECT_NE(testing::refusal([&] { Model::load(folder.path()); }, ErrorCode::limit_exceeded)
                  .find("pixels, expected at most 2048 x 2048"),
              std::string::npos);
  }
}

TEST(ResnetLayouts, TimmDirectory) {
  for (const char* name : {"even", "odd"}) {
    const testing::TemporaryFolder folder;
    write_timm_resnet(folder, name, 0);
    const json sizes = json::parse(read_text_file(kGolden / "resnet" / name / "sizes.json"));
    const int side = sizes["image_size"];
    const ModelSource source = open_model(folder.path());
    EXPECT_EQ(source.layout, "timm");
    EXPECT_EQ(source.preprocess().crop_size, side);
    expect_images(source, kGolden / "resnet" / name, "logits.npy");
  }
}

}  // namespace
}  // namespace sightline
