// A checkpoint that is not what its config says is refused, and the tensor is named.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <unistd.h>

#include "models/towers.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

class StrictLoading : public ::testing::Test {
 protected:
  StrictLoading() {
    folder_ = fs::temp_directory_path() / ("sightline_strict_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    const fs::path golden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/clip_vit/quick_gelu";
    config_ = read_text_file(golden / "config.json");
    const Checkpoint checkpoint(golden);
    for (const auto& [name, entry] : checkpoint.entries()) {
      tensors_.push_back({name, checkpoint.load(name, entry->shape)});
    }
  }
  ~StrictLoading() override { fs::remove_all(folder_); }

  // The refusal of loading what is in config_ and tensors_ now; empty where it loads.
  std::string refusal(const ModelOptions& options = {}) {
    write_file_atomic(folder_ / "config.json", config_);
    write_safetensors(folder_ / "model.safetensors", tensors_, FloatStorage::f32);
    const auto ops = create_ops(Backend::cpu);
    try {
      load_towers(open_model(folder_), *ops, options);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  void replace_in_config(const std::string& from, const std::string& to) {
    const size_t at = config_.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    config_.replace(at, from.size(), to);
  }

  NamedTensor& tensor(const std::string& name) {
    for (auto& item : tensors_) {
      if (item.name == name) return item;
    }
    throw std::logic_error("no tensor " + name);
  }

  fs::path folder_;
  std::string config_;
  std::vector<NamedTensor> tensors_;
};

const std::string kNorm = "text_model.encoder.layers.1.layer_norm2.weight";

TEST_F(StrictLoading, Accepts) {
  EXPECT_EQ(refusal(), "");
}

TEST_F(StrictLoading, Missing) {
  tensor(kNorm).name = "elsewhere";
  EXPECT_NE(refusal().find("'" + kNorm + "' is missing"), std::string::npos);
}

TEST_F(StrictLoading, Extra) {
  tensors_.push_back({"text_model.adapter.weight", Tensor({3}, DType::f32)});
  EXPECT_NE(
      refusal().find("a tensor that this model does not have: 'text_model.adapter.weight' (3)"),
      std::string::npos);
}

TEST_F(StrictLoading, OldBuffersAreNoExtras) {
  tensors_.push_back({"text_model.embeddings.position_ids", Tensor({1, 16}, DType::i32)});
  EXPECT_EQ(refusal(), "");
}

TEST_F(StrictLoading, Misshaped) {
  tensor(kNorm).tensor = Tensor({23}, DType::f32);
  const std::string text = refusal();
  EXPECT_NE(text.find("'" + kNorm + "'"), std::string::npos);
  EXPECT_NE(text.find("has shape (23), expected (24)"), std::string::npos);
}

TEST_F(StrictLoading, WrongType) {
  tensor(kNorm).tensor = Tensor({24}, DType::i32);
  EXPECT_NE(refusal().find("has type I32, expected F32, F16, BF16, F64 or quantized blocks"),
            std::string::npos);
}

TEST_F(StrictLoading, ATowerThatIsNotLoadedIsCheckedToo) {
  tensor(kNorm).name = "elsewhere";
  const std::string text = refusal({.load_image_tower = true, .load_text_tower = false});
  EXPECT_NE(text.find("'" + kNorm + "' is missing"), std::string::npos);
}

TEST_F(StrictLoading, Configs) {
  const std::string good = config_;
  const auto with = [&](const std::string& from, const std::string& to) {
    config_ = good;
    replace_in_config(from, to);
    return refusal();
  };
  EXPECT_NE(with("\"num_attention_heads\": 3", "\"num_attention_heads\": 5").find("divisor"),
            std::string::npos);
  EXPECT_NE(with("\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"relu\"").find("\"relu\""),
            std::string::npos);
  EXPECT_NE(with("\"hidden_size\": 24", "\"hidden_size\": -24").find("expected a number from 1"),
            std::string::npos);
  EXPECT_NE(with("\"hidden_size\": 24", "\"hidden_size\": 1e300").find("whole number"),
            std::string::npos);
  EXPECT_NE(with("\"hidden_size\": 24", "\"hidden_size\": \"24\"").find("whole number"),
            std::string::npos);
  EXPECT_NE(with("\"patch_size\": 8", "\"patch_size\": 25").find("at most image_size"),
            std::string::npos);
  EXPECT_NE(with("\"model_type\": \"clip\"", "\"model_type\": \"siglip3\"").find("siglip3"),
            std::string::npos);
  EXPECT_NE(with("{", "[").find("not valid JSON"), std::string::npos);
  const std::string deep = std::string(1 << 18, '[') + std::string(1 << 18, ']');
  EXPECT_NE(with("\"model_type\": \"clip\"", "\"model_type\": " + deep).find("nested deeper"),
            std::string::npos);
  // A larger vocabulary than the weights have.
  EXPECT_NE(with("\"vocab_size\": 60", "\"vocab_size\": 61").find("token_embedding"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline
