#include "models/low_rank_adapter.h"

#include <sightline/error.h>

#include "base/json.h"
#include "expect_error.h"
#include "unit/data/temporary_folder.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

nlohmann::json config() {
  return {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}, {"target_modules", {"q_proj"}}};
}

LowRankConfig parse(const nlohmann::json& json) {
  return parse_low_rank_config(json.dump(), "config");
}

void expect_refusal(const std::string& key, const nlohmann::json& value, ErrorCode code) {
  nlohmann::json changed = config();
  changed[key] = value;
  try {
    parse(changed);
    ADD_FAILURE() << key << " " << value;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find("'" + key + "'"), std::string::npos) << error.what();
  }
}

TEST(LowRankConfig, ScalesByRankAndPattern) {
  nlohmann::json json = config();
  EXPECT_EQ(parse(json).scale_of("a.q_proj"), 3);
  json["use_rslora"] = true;
  EXPECT_DOUBLE_EQ(parse(json).scale_of("a.q_proj"), 6 / std::sqrt(2.0));
  json["use_rslora"] = false;
  json["rank_pattern"] = {{"layers.1.q_proj", 8}, {"^q_proj", 5}};
  json["alpha_pattern"] = {{"b\\.q_proj", 4}};
  const LowRankConfig patterns = parse(json);
  EXPECT_EQ(patterns.rank_of("x.layers.1.q_proj"), 8);
  EXPECT_EQ(patterns.rank_of("x.layers.11.q_proj"), 2);
  EXPECT_EQ(patterns.rank_of("x.mylayers.1.q_proj"), 2);
  EXPECT_EQ(patterns.rank_of("q_proj"), 5);
  EXPECT_EQ(patterns.rank_of("x.q_proj"), 2);
  EXPECT_EQ(patterns.scale_of("a.b.q_proj"), 2);
  json["rank_pattern"] = {{"q_proj", 8}, {"a.q_proj", 4}};
  EXPECT_EQ(parse(json).rank_of("b.q_proj"), 8);
  EXPECT_THROW(parse(json).rank_of("a.q_proj"), Error);
}

TEST(LowRankConfig, SelectsModules) {
  nlohmann::json json = config();
  json["target_modules"] = {"q_proj", "text_model.fc1"};
  json["layers_to_transform"] = {1, 12};
  const LowRankConfig list = parse(json);
  EXPECT_TRUE(list.selects("vision_model.encoder.layers.1.self_attn.q_proj"));
  EXPECT_TRUE(list.selects("vision_model.encoder.layers.12.self_attn.q_proj"));
  EXPECT_FALSE(list.selects("vision_model.encoder.layers.2.self_attn.q_proj"));
  EXPECT_FALSE(list.selects("vision_model.encoder.layers.1.self_attn.my_q_proj"));
  EXPECT_TRUE(list.selects("text_model.fc1"));  // by its full name
  EXPECT_FALSE(list.selects("vision_model.fc1"));
  json["target_modules"] = "all-linear";
  EXPECT_TRUE(parse(json).selects("anything"));
}

TEST(LowRankConfig, RefusesWhatChangesTheVectorsInAnotherWay) {
  for (const char* key : {"use_dora", "lora_bias", "fan_in_fan_out", "use_qalora", "a_new_key"})
    expect_refusal(key, true, ErrorCode::unsupported);
  expect_refusal("peft_type", "LOHA", ErrorCode::unsupported);
  expect_refusal("peft_type", nullptr, ErrorCode::unsupported);
  expect_refusal("bias", "all", ErrorCode::unsupported);
  expect_refusal("modules_to_save", {"visual_projection"}, ErrorCode::unsupported);
  expect_refusal("init_lora_weights", "pissa", ErrorCode::unsupported);
  expect_refusal("trainable_token_indices", {1}, ErrorCode::unsupported);
  expect_refusal("layer_replication", {{0, 4}}, ErrorCode::unsupported);
  expect_refusal("rank_pattern", {{"layers.[0-3].q_proj", 4}}, ErrorCode::unsupported);
  nlohmann::json neutral = config();
  for (const char* key : {"use_dora", "lora_bias", "another_key"}) neutral[key] = false;
  for (const char* key : {"modules_to_save", "layer_replication"}) neutral[key] = nullptr;
  neutral["loftq_config"] = nlohmann::json::object();
  EXPECT_EQ(parse(neutral).rank_of("q_proj"), 2);
}

TEST(LowRankConfig, RefusesInvalidValues) {
  for (const nlohmann::json& value : std::vector<nlohmann::json>{0, -1, 1.5, "8", nullptr, 1e9})
    expect_refusal("r", value, ErrorCode::invalid_data);
  for (const nlohmann::json& value : std::vector<nlohmann::json>{0, "16", nullptr})
    expect_refusal("lora_alpha", value, ErrorCode::invalid_data);
  expect_refusal("target_modules", 1, ErrorCode::invalid_data);
  expect_refusal("target_modules", nlohmann::json::array({1}), ErrorCode::invalid_data);
  expect_refusal("layers_to_transform", nlohmann::json::array({-1}), ErrorCode::invalid_data);
  expect_refusal("rank_pattern", {{"q_proj", 0}}, ErrorCode::invalid_data);
  expect_refusal("use_rslora", "yes", ErrorCode::invalid_data);
  expect_refusal("base_model_name_or_path", 1, ErrorCode::invalid_data);
  EXPECT_THROW(parse_low_rank_config("[]", "config"), Error);
  EXPECT_THROW(parse_low_rank_config("{", "config"), Error);
}

Tensor filled(const Shape& shape, float first) {
  Tensor tensor(shape, DType::f32);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.data<float>()[i] = first + static_cast<float>(i);
  return tensor;
}

class LowRankFiles : public ::testing::Test {
 protected:
  // Writes an adapter with these tensors, named without PEFT's prefix.
  void write(const std::vector<std::pair<std::string, Shape>>& tensors) const {
    std::vector<NamedTensor> named;
    for (const auto& [name, shape] : tensors)
      named.push_back({"base_model.model." + name, filled(shape, 1)});
    folder_.write("adapter_config.json", config().dump());
    write_safetensors(folder_.path() / "adapter_model.safetensors", named, FloatStorage::f32);
  }
  LowRankAdapter read() const { return LowRankAdapter(folder_.path()); }

  testing::TemporaryFolder folder_;
};

TEST_F(LowRankFiles, AddsTheScaledProduct) {
  write({{"x.q_proj.lora_A.weight", {2, 3}}, {"x.q_proj.lora_B.weight", {2, 2}}});
  const LowRankAdapter adapter = read();
  EXPECT_EQ(adapter.modules(), std::set<std::string>{"x.q_proj"});
  // A = [1 2 3; 4 5 6], B = [1 2; 3 4]: B A = [9 12 15; 19 26 33], and the scale is 3.
  const Tensor sum = adapter.merged("x.q_proj", filled({2, 3}, 0.5f));
  const std::vector<float> got(sum.data<float>(), sum.data<float>() + sum.count());
  EXPECT_EQ(got, (std::vector<float>{27.5f, 37.5f, 47.5f, 60.5f, 82.5f, 104.5f}));
}

TEST_F(LowRankFiles, OtherShapesAreRefused) {
  write({{"x.q_proj.lora_A.weight", {2, 3}}, {"x.q_proj.lora_B.weight", {2, 2}}});
  const LowRankAdapter adapter = read();
  adapter.check("x.q_proj", {2, 3});
  EXPECT_THROW(adapter.check("x.q_proj", {2, 4}), Error);
  EXPECT_THROW(adapter.check("x.q_proj", {3, 3}), Error);
  EXPECT_THROW(adapter.check("x.q_proj", {2, 3, 1, 1}), Error);
  write({{"x.q_proj.lora_A.weight", {1, 3}}, {"x.q_proj.lora_B.weight", {2, 1}}});
  EXPECT_THROW(read().check("x.q_proj", {2, 3}), Error);
  write({{"x.q_proj.lora_A.weight", {2, 3}}});
  EXPECT_THROW(read().check("x.q_proj", {2, 3}), Error);
}

TEST_F(LowRankFiles, OtherTensorsAreRefused) {
  for (const char* name : {"x.q_proj.lora_magnitude_vector", "x.q_proj.lora_embedding_A",
                           "x.q_proj.lora_A.default.weight", "x.q_proj.bias"}) {
    write({{name, {2, 3}}});
    EXPECT_THROW(read(), Error) << name;
  }
  write({{"x.k_proj.lora_A.weight", {2, 3}}});  // not a target
  EXPECT_THROW(read(), Error);
  write({});
  EXPECT_THROW(read(), Error);
  fs::remove(folder_.path() / "adapter_model.safetensors");
  EXPECT_THROW(read(), Error);
}

}  // namespace
}  // namespace sightline
