// The CLIP ViT towers against what transformers computed (tests/golden/clip_vit, made by
// tools/golden/clip_vit.py).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/packed_tokens.h"
#include "models/towers.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/clip_vit";

struct Case {
  std::string model;
  std::string backend;
};

class ClipVitGolden : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (GetParam().backend == "torch" && !plugin_exists("torch"))
      GTEST_SKIP() << "built without libtorch";
    folder_ = kGolden / GetParam().model;
    ops_ = create_ops(parse_backend(GetParam().backend));
    model_ = load_towers(open_model(folder_), *ops_, {});
  }

  // Tiny towers of fp32 sums: 2e-5 is about a hundred roundings at the outputs' size.
  void expect_near(const Tensor& got, const NpyArray& expected) {
    const Tensor host = ops_->to_host(got);
    ASSERT_EQ(host.shape(), Shape(expected.shape.begin(), expected.shape.end()));
    for (int64_t i = 0; i < host.count(); ++i) {
      ASSERT_NEAR(host.data<float>()[i], expected.f32()[static_cast<size_t>(i)], 2e-5)
          << "element " << i;
    }
  }

  std::vector<std::vector<int32_t>> texts() const {
    std::ifstream file(folder_ / "ids.jsonl");
    std::vector<std::vector<int32_t>> result;
    for (std::string line; std::getline(file, line);) result.push_back(nlohmann::json::parse(line));
    return result;
  }

  fs::path folder_;
  std::unique_ptr<Ops> ops_;
  LoadedModel model_;
};

TEST_P(ClipVitGolden, Images) {
  const NpyArray pixels = read_npy(folder_ / "pixels.npy");
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  expect_near(model_.image->encode(*ops_, ops_->from_host(host)), read_npy(folder_ / "image.npy"));
}

TEST_P(ClipVitGolden, TextsOfDifferentLengthInOneBatch) {
  std::vector<TokenIds> all;
  for (const auto& ids : texts()) all.push_back({ids, false, ""});
  const PackedTokens packed = pack_tokens(all);
  expect_near(model_.text->encode(*ops_, ops_->from_host(packed.ids), packed.offsets),
              read_npy(folder_ / "text.npy"));
}

INSTANTIATE_TEST_SUITE_P(All, ClipVitGolden,
                         ::testing::Values(Case{"quick_gelu", "cpu"}, Case{"gelu_odd", "cpu"},
                                           Case{"tinyclip", "cpu"}, Case{"quick_gelu", "torch"},
                                           Case{"gelu_odd", "torch"}, Case{"tinyclip", "torch"}),
                         [](const auto& test) {
                           return test.param.model + "_" + test.param.backend;
                         });

// The registry and the golden folders must name the same families: a family without a golden case
// fails here until it has one.
TEST(Registry, EveryFamilyHasAGoldenCase) {
  for (const ModelFamily& family : model_families()) {
    const fs::path golden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";
    EXPECT_TRUE(fs::is_directory(golden / family.name) ||
                fs::is_directory(golden / "transformers5" / family.name))
        << "tests/golden/" << family.name << " is missing";
  }
}

TEST(Registry, NamesWhatIsNotAModel) {
  EXPECT_THROW(open_model("/nonexistent"), Error);
  EXPECT_THROW(open_model(fs::path(SIGHTLINE_SOURCE_DIR) / "docs"), Error);
}

TEST(Registry, AFamilyIsChosenByTheModelType) {
  std::string name = (fs::temp_directory_path() / "sl_family_XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const fs::path folder = name, config = folder / "config.json";
  const auto refusal = [&](const std::string& content) -> std::string {
    if (!content.empty()) std::ofstream(config) << content;
    try {
      open_model(folder);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(refusal("").find("no config.json"), std::string::npos);
  // Taken as a CLIP model; only the weights are not there.
  EXPECT_NE(refusal("{}").find("has no weights"), std::string::npos);
  EXPECT_NE(refusal("{\"model_type\": \"clip\"}").find("has no weights"), std::string::npos);
  EXPECT_NE(refusal("{\"model_type\": \"siglip3\"}").find("model_type \"siglip3\""),
            std::string::npos);
  EXPECT_NE(refusal("{\"model_type\": [7]}").find("[7]"), std::string::npos);
  EXPECT_NE(refusal("[]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal("{").find("not valid JSON"), std::string::npos);
  // What std::filesystem cannot look at is an Error too.
  fs::remove(config);
  fs::create_symlink("config.json", config);
  EXPECT_NE(refusal("").find("symbolic links"), std::string::npos) << refusal("");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THROW(open_model(folder / "loop"), Error);
  EXPECT_THROW(Checkpoint{folder / "loop"}, Error);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sightline
