// The convolutional image towers against the references: ClipResnetTower against open_clip
// (tests/golden/clip_resnet, tools/golden/clip_resnet.py), ResnetTower and MobilenetV2Tower against
// torchvision (tests/golden/resnet and mobilenet_v2, tools/golden/resnet.py and mobilenet_v2.py).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/clip_resnet.h"
#include "models/mobilenet_v2.h"
#include "models/resnet.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";

struct Case {
  std::string model;
  std::string backend;
};

// Of each row, the distance to the reference's relative to its length: float32 sums, of at most
// 1728 products, through about twenty layers, measured 1.3e-6 at most. A batch norm without its
// epsilon would be 1.7e-5 off at a variance of 0.3.
constexpr double kTolerance = 5e-6;

class Towers : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (GetParam().backend == "torch" && !plugin_exists("torch"))
      GTEST_SKIP() << "built without libtorch";
    ops_ = create_ops(parse_backend(GetParam().backend));
  }

  void expect_near(const ImageTower& tower, const fs::path& folder, const char* expected_file) {
    const NpyArray pixels = read_npy(folder / "pixels.npy"),
                   expected = read_npy(folder / expected_file);
    const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
    const Tensor got = ops_->to_host(tower.encode(*ops_, ops_->from_host(host)));
    ASSERT_EQ(got.shape(), Shape(expected.shape.begin(), expected.shape.end()));
    for (int64_t b = 0; b < got.dim(0); ++b) {
      double apart = 0, length = 0;
      for (int64_t i = b * got.dim(1); i < (b + 1) * got.dim(1); ++i) {
        const double theirs = expected.f32()[static_cast<size_t>(i)];
        apart += std::pow(got.data<float>()[i] - theirs, 2);
        length += theirs * theirs;
      }
      EXPECT_LE(std::sqrt(apart / length), kTolerance) << "row " << b;
    }
  }

  std::unique_ptr<Ops> ops_;
};

nlohmann::json read_json(const fs::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

class ClipResnetGolden : public Towers {};

TEST_P(ClipResnetGolden, Images) {
  const fs::path folder = kGolden / "clip_resnet" / GetParam().model;
  const auto sizes = read_json(folder / "open_clip_config.json").at("model_cfg");
  const auto& vision = sizes.at("vision_cfg");
  ClipConfig config;
  config.embedding_dim = sizes.at("embed_dim");
  config.image_size = vision.at("image_size");
  config.resnet.emplace();
  config.resnet->layers = vision.at("layers");
  config.resnet->width = vision.at("width");
  config.resnet->heads = config.resnet->width * 32 / vision.at("head_width").get<int64_t>();
  const Checkpoint checkpoint(folder / "open_clip_model.safetensors");
  CheckpointSource source(checkpoint);
  WeightBuilder weights(source, ops_.get());
  const ClipResnetTower tower(weights, config);
  expect_near(tower, folder, "image.npy");
}

INSTANTIATE_TEST_SUITE_P(All, ClipResnetGolden,
                         ::testing::Values(Case{"small", "cpu"}, Case{"odd", "cpu"},
                                           Case{"small", "torch"}, Case{"odd", "torch"}),
                         [](const auto& test) {
                           return test.param.model + "_" + test.param.backend;
                         });

class ResnetGolden : public Towers {};

TEST_P(ResnetGolden, Logits) {
  const fs::path folder = kGolden / "resnet" / GetParam().model;
  const auto sizes = read_json(folder / "sizes.json");
  ResnetConfig config;
  config.layers = sizes.at("layers");
  config.stem_width = sizes.at("stem_width");
  config.channels = sizes.at("channels");
  config.classes = sizes.at("classes");
  config.image_size = sizes.at("image_size");
  const Checkpoint checkpoint(folder / "model.safetensors");
  CheckpointSource source(checkpoint);
  WeightBuilder weights(source, ops_.get());
  const ResnetTower tower(weights, config);
  expect_near(tower, folder, "logits.npy");
}

INSTANTIATE_TEST_SUITE_P(All, ResnetGolden,
                         ::testing::Values(Case{"even", "cpu"}, Case{"odd", "cpu"},
                                           Case{"even", "torch"}, Case{"odd", "torch"}),
                         [](const auto& test) {
                           return test.param.model + "_" + test.param.backend;
                         });

class MobilenetV2Golden : public Towers {};

TEST_P(MobilenetV2Golden, Logits) {
  const fs::path folder = kGolden / "mobilenet_v2" / GetParam().model;
  const auto sizes = read_json(folder / "sizes.json");
  const Checkpoint checkpoint(folder / "model.safetensors");
  MobilenetV2Config config = mobilenet_v2_sizes(checkpoint, /*torchvision_names=*/true);
  config.image_size = sizes.at("image_size");
  const auto source = torchvision_mobilenet_v2_parameters(checkpoint);
  WeightBuilder weights(*source, ops_.get());
  const MobilenetV2Tower tower(weights, config);
  source->finish();
  EXPECT_EQ(weights.parameter_count(), sizes.at("parameters"));
  expect_near(tower, folder, "logits.npy");
}

INSTANTIATE_TEST_SUITE_P(All, MobilenetV2Golden,
                         ::testing::Values(Case{"even", "cpu"}, Case{"odd", "cpu"},
                                           Case{"even", "torch"}, Case{"odd", "torch"}),
                         [](const auto& test) {
                           return test.param.model + "_" + test.param.backend;
                         });

// The published sizes: names, shapes and the number of parameters, without any memory for them.
class Shapes : public ParameterSource {
 public:
  Tensor take(const std::string& name, const Shape& shape) override {
    check(name, shape);
    return {};
  }
  void check(const std::string& name, const Shape& shape) override {
    EXPECT_TRUE(shapes.emplace(name, shape).second) << name << " is asked for twice";
  }
  std::map<std::string, Shape> shapes;
};

TEST(ResnetTower, HasTheSizesOfTorchvisionsResnet50) {
  Shapes source;
  WeightBuilder weights(source, nullptr);
  const ResnetTower tower(weights, {});
  EXPECT_EQ(weights.parameter_count(), 25557032);  // torchvision: ResNet50_Weights, num_params
  EXPECT_EQ(source.shapes.at("layer4.0.downsample.0.weight"), (Shape{2048, 1024, 1, 1}));
  EXPECT_EQ(source.shapes.size(), 267u);  // 53 convolutions, 53 times 4 of batch norms, fc
}

TEST(MobilenetV2Tower, HasTheSizesOfTorchvisions) {
  Shapes source;
  WeightBuilder weights(source, nullptr);
  const MobilenetV2Tower tower(weights, {});
  EXPECT_EQ(weights.parameter_count(), 3504872);  // torchvision: MobileNet_V2_Weights, num_params
  EXPECT_EQ(source.shapes.at("blocks.6.0.conv_dw.weight"), (Shape{960, 1, 3, 3}));
  EXPECT_EQ(source.shapes.size(), 262u);  // 52 convolutions, 52 times 4 of batch norms, classifier
}

struct Published {
  const char* name;
  std::array<int64_t, 4> layers;
  int64_t width, image_size, embedding_dim, parameters;
};

// Parameters of open_clip's `visual` for its configs RN50 … RN50x64.
TEST(ClipResnetTower, HasTheSizesOfTheFivePublished) {
  for (const Published& p : {Published{"RN50", {3, 4, 6, 3}, 64, 224, 1024, 38316896},
                             {"RN101", {3, 4, 23, 3}, 64, 224, 512, 56259936},
                             {"RN50x4", {4, 6, 10, 6}, 80, 288, 640, 87137080},
                             {"RN50x16", {6, 8, 18, 8}, 96, 384, 768, 167328912},
                             {"RN50x64", {3, 15, 36, 10}, 128, 448, 1024, 420380352}}) {
    ClipConfig config;
    config.image_size = p.image_size;
    config.embedding_dim = p.embedding_dim;
    config.resnet = ModifiedResnetConfig{p.layers, p.width, p.width * 32 / 64};
    Shapes source;
    WeightBuilder weights(source, nullptr);
    const ClipResnetTower tower(weights, config);
    EXPECT_EQ(weights.parameter_count(), p.parameters) << p.name;
  }
}

TEST(ClipResnetTower, RefusesSizesThatAreNone) {
  ClipConfig config;
  config.embedding_dim = 8;
  const auto make = [&](int64_t side, int64_t width, int64_t heads) {
    config.image_size = side;
    config.resnet = ModifiedResnetConfig{{1, 1, 1, 1}, width, heads};
    Shapes source;
    WeightBuilder weights(source, nullptr);
    ClipResnetTower tower(weights, config);
  };
  make(32, 2, 4);
  EXPECT_THROW(make(31, 2, 4), Error);
  EXPECT_THROW(make(32, 3, 4), Error);
  EXPECT_THROW(make(32, 2, 7), Error);
  EXPECT_THROW(make(32, 2, 0), Error);
}

}  // namespace
}  // namespace sightline
