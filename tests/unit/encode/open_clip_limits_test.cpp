// Models of OpenCLIP whose config or tensors were changed: sizes that would lead to reads and
// writes out of bounds, or to memory that no model needs, are refused.
#include <sightline/error.h>
#include <stdlib.h>

#include <cmath>
#include <fstream>

#include "models/packed_tokens.h"
#include "models/towers.h"
#include "unit/encode/golden_model.h"
#include "unit/encode/open_clip_golden.h"
#include "weights/safetensors.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

class OpenClipLimits : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sl_limits_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Starts from a folder of tests/golden/open_clip.
  void start(const std::string& model) {
    const fs::path golden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip" / model;
    config_ = nlohmann::json::parse(read_text_file(golden / "open_clip_config.json", 1 << 20));
    const Checkpoint checkpoint(golden / "open_clip_model.safetensors");
    tensors_.clear();
    for (const auto& [tensor, entry] : checkpoint.entries()) {
      if (entry->dtype.starts_with("F"))
        tensors_.push_back({tensor, checkpoint.load(tensor, entry->shape)});
    }
  }

  void reshape(const std::string& end, const Shape& shape) {
    for (NamedTensor& item : tensors_) {
      if (!item.name.ends_with(end)) continue;
      item.tensor = Tensor(shape, DType::f32);
      std::fill_n(item.tensor.data<float>(), item.tensor.count(), 1.f);
      return;
    }
    FAIL() << "no tensor " << end;
  }

  ModelSource open() {
    std::ofstream(folder_ / "open_clip_config.json") << config_.dump();
    write_safetensors(folder_ / "open_clip_model.safetensors", tensors_, FloatStorage::f32);
    return open_model(folder_);
  }
  LoadedModel load() {
    ops_ = create_ops(Backend::cpu);
    return load_towers(open(), *ops_, {});
  }
  std::string refused(ErrorCode code = ErrorCode::invalid_data) {
    return refusal([&] { load(); }, code);
  }
  nlohmann::json& text() { return config_["model_cfg"]["text_cfg"]; }

  fs::path folder_;
  nlohmann::json config_;
  std::vector<NamedTensor> tensors_;
  std::unique_ptr<Ops> ops_;
};

// The largest id is pooled, and a causal transformer does not let it see what follows.
TEST_F(OpenClipLimits, IdsAfterThePooledOneChangeNothing) {
  start("layer_scale");
  text()["hf_tokenizer_name"] = "bert-base-uncased";
  const LoadedModel model = load();
  const auto last = static_cast<int32_t>(model.vocab_size - 1);
  const auto encode = [&](const std::vector<int32_t>& ids) {
    const PackedTokens packed = pack_tokens({{{ids, false, ""}}}, model.text->padding());
    return ops_->to_host(model.text->encode(*ops_, ops_->from_host(packed.ids), packed.offsets));
  };
  const Tensor whole = encode({1, 2, last}), longer = encode({1, 2, last, 3, 4});
  const Tensor other = encode({1, 3, last});
  ASSERT_EQ(whole.shape(), longer.shape());
  double difference = 0;
  for (int64_t i = 0; i < whole.count(); ++i) {
    EXPECT_NEAR(whole.data<float>()[i], longer.data<float>()[i], 1e-6) << "element " << i;
    difference += std::abs(whole.data<float>()[i] - other.data<float>()[i]);
  }
  EXPECT_GT(difference, 1e-3);
}

// A branch's window is added to the centre of the sum's.
TEST_F(OpenClipLimits, WindowOfABranchIsNotLargerThanTheSum) {
  start("fastvit");
  reshape("stages.1.downsample.proj.0.small_conv.conv.weight", {8, 1, 41, 41});
  EXPECT_NE(refused().find("no square window of at most 7 pixels"), std::string::npos);
}

TEST_F(OpenClipLimits, WindowIsASquare) {
  start("fastvit");
  reshape("stages.1.downsample.proj.0.large_conv.conv.weight", {8, 1, 1 << 20, 1});
  EXPECT_NE(refused().find("no square window of at most 63 pixels"), std::string::npos);
}

// Beyond 4 * 128 buckets, the logarithm that distances grow with is negative.
TEST_F(OpenClipLimits, BucketsOfRelativePositions) {
  start("hf_mt5");
  text()["context_length"] = 1000;
  const std::string table = "block.0.layer.0.SelfAttention.relative_attention_bias.weight";
  int64_t heads = 0;
  for (const NamedTensor& item : tensors_) {
    if (item.name.ends_with(table)) heads = item.tensor.dim(1);
  }
  reshape(table, {1024, heads});
  EXPECT_NE(refused().find("expected 8 to 256 buckets"), std::string::npos);
}

// Without a table in the file, the length of texts alone decides how large the model's is.
TEST_F(OpenClipLimits, ComputedPositions) {
  for (const char* model : {"hf_mt5", "hf_nllb"}) {
    start(model);
    text()["context_length"] = 1 << 20;
    EXPECT_NE(refused().find("'context_length' is 1048576, expected at most 1024"),
              std::string::npos)
        << model;
  }
}

TEST_F(OpenClipLimits, WindowsOfSwin) {
  start("swin_base_patch4_window7_224");
  config_["model_cfg"]["vision_cfg"]["image_size"] = 768;
  reshape("layers.0.blocks.0.attn.relative_position_bias_table", {511 * 511, 1});
  EXPECT_NE(refused().find("are too large"), std::string::npos);
}

// The biases of all blocks count: 2^27 elements of a shifted block, and more of the others.
TEST_F(OpenClipLimits, WindowsOfAllBlocksOfSwin) {
  start("swin_base_patch4_window7_224");
  config_["model_cfg"]["vision_cfg"]["image_size"] = 3 * 128;
  reshape("layers.0.blocks.0.attn.relative_position_bias_table", {127 * 127, 2});
  EXPECT_NE(refused().find("are too large"), std::string::npos);
}

TEST_F(OpenClipLimits, ComputedBiases) {
  start("vit_relpos_medium_patch16_cls_224");
  config_["model_cfg"]["vision_cfg"]["image_size"] = 7 * 64;
  reshape("blocks.0.attn.rel_pos.mlp.fc2.weight", {5, 19});
  EXPECT_NE(refused().find("2 layers of 5 heads and 4097 positions are too large"),
            std::string::npos);
  start("vit_relpos_medium_patch16_cls_224");
  reshape("blocks.0.attn.rel_pos.mlp.fc1.weight", {4096, 2});
  EXPECT_NE(refused().find("4096 hidden features, expected at most 2048"), std::string::npos);
}

// A width that only the first tensors have must not lead to positions of 13 gigabytes.
TEST_F(OpenClipLimits, PositionsOfTheWidthOfTheFirstTensors) {
  start("vit_relpos_medium_patch16_cls_224");
  constexpr int64_t kWidth = 3 << 18;
  config_["model_cfg"]["vision_cfg"]["image_size"] = 64;
  reshape("patch_embed.proj.weight", {kWidth, 3, 1, 1});
  reshape("patch_embed.proj.bias", {kWidth});
  reshape("cls_token", {1, 1, kWidth});
  EXPECT_NE(refused().find("norm1"), std::string::npos);
}

// A window of an even side makes images one pixel larger, which the residual does not fit.
TEST_F(OpenClipLimits, WindowsOfConvnext) {
  start("convnext");
  reshape("stages.1.blocks.0.conv_dw.weight", {12, 1, 2, 2});
  EXPECT_NE(refused().find("windows of 2 pixels a side, expected an odd number of at most 63"),
            std::string::npos);
}

TEST_F(OpenClipLimits, ImagesOfConvnextReachTheLastStage) {
  start("convnext");
  config_["model_cfg"]["vision_cfg"]["image_size"] = 32;
  load();
  config_["model_cfg"]["vision_cfg"]["image_size"] = 31;
  EXPECT_NE(refused().find("'image_size' is 31, expected at least a pixel in the last of 4 stages"),
            std::string::npos);
}

TEST_F(OpenClipLimits, NormalizationIsFinite) {
  start("convnext");
  for (const char* key : {"mean", "std"}) {
    config_["preprocess_cfg"] = {{key, {0.5, 1e39, 0.5}}};
    EXPECT_NE(refused().find("expected three finite numbers"), std::string::npos);
  }
}

TEST_F(OpenClipLimits, NamesInMessagesAreShort) {
  start("convnext");
  config_["model_cfg"]["vision_cfg"]["timm_model_name"] = "convnext_" + std::string(5000, 'x');
  EXPECT_LT(refused(ErrorCode::unsupported).size(), 500u);
}

// A file has the positions of both kinds: sin_cos_2d is a parameter that is not trained.
TEST_F(OpenClipLimits, SinusoidalPositionsAreThoseOfTheFile) {
  start("clipa");
  config_["model_cfg"]["vision_cfg"]["pos_embed_type"] = "sin_cos_2d";
  load();
  config_["model_cfg"]["vision_cfg"]["pos_embed_type"] = "rotary";
  EXPECT_NE(refused().find("'pos_embed_type' is \"rotary\""), std::string::npos);
}

// Another tokenizer's end of a text need not be the largest id, which CLIP's text tower pools.
TEST_F(OpenClipLimits, ClipsOwnTowersHaveClipsTokenizer) {
  start("hf_mt5");
  text() = {{"width", 8}, {"heads", 1}, {"layers", 1}};
  EXPECT_EQ(open().family, "clip_vit");
  text()["hf_tokenizer_name"] = "google/mt5-base";
  EXPECT_EQ(open().family, "open_clip");
}

// hf_configs.py: the pooler of an encoder whose hf_pooler_type is null.
TEST_F(OpenClipLimits, PoolerOfNullIsTheEncoders) {
  const std::vector<TokenIds> texts = {{{5, 9, 7, 1}, false, ""}};
  const auto vector = [&](const nlohmann::json& pooler) {
    text()["hf_pooler_type"] = pooler;
    const LoadedModel model = load();
    const PackedTokens packed = pack_tokens(texts, model.text->padding());
    const Tensor got =
        ops_->to_host(model.text->encode(*ops_, ops_->from_host(packed.ids), packed.offsets));
    return std::vector<float>(got.data<float>(), got.data<float>() + got.count());
  };
  start("hf_mt5");
  EXPECT_EQ(vector(nullptr), vector("mean_pooler"));
  start("hf_nllb");
  EXPECT_EQ(vector(nullptr), vector("cls_pooler"));
}

}  // namespace
}  // namespace sightline::testing
