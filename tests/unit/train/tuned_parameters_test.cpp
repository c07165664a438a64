// Which parameters a method trains.
#include "train/fine_tune/tuned_parameters.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>

#include "expect_error.h"

namespace sightline {
namespace {

const std::vector<std::string> kText = {"text_model.embeddings.token_embedding.weight",
                                        "text_model.encoder.layers.0.self_attn.qkv_proj.weight",
                                        "text_model.encoder.layers.0.mlp.fc1.weight",
                                        "text_model.encoder.layers.1.self_attn.q_proj.weight",
                                        "text_model.encoder.layers.1.self_attn.kv_proj.weight",
                                        "text_model.final_layer_norm.weight",
                                        "text_projection.weight"};
const std::vector<std::string> kImage = {"visual.conv1.weight",
                                         "visual.layer1.0.conv1.weight",
                                         "visual.layer1.0.downsample.0.weight",
                                         "visual.layer1.1.conv1.weight",
                                         "visual.layer2.0.bn1.weight",
                                         "visual.attnpool.q_proj.weight",
                                         "visual.attnpool.kv_proj.weight",
                                         "visual.attnpool.c_proj.weight"};

ParameterPlaces places() {
  ParameterPlaces places;
  places.add_tower(Tower::text, kText);
  places.add_tower(Tower::image, kImage);
  places.add_shared("logit_scale");
  return places;
}

std::vector<std::string> trained(FineTuneMethod method) {
  ParameterPlaces own = places();
  own.add_prompt();
  std::vector<std::string> names;
  const std::string low = "text_model.encoder.layers.0.self_attn.q_proj";
  for (const auto& list :
       {kText, kImage, {"logit_scale", kPromptName, low + kLowRankA, low + kLowRankB}}) {
    for (const std::string& name : list) {
      if (own.trains(method, name)) names.push_back(name);
    }
  }
  return names;
}

TEST(TunedParameters, DistanceFromTheOutput) {
  const ParameterPlaces own = places();
  const auto distance = [&](const std::string& name) { return own.at(name).distance; };
  EXPECT_EQ(distance("text_projection.weight"), 0);
  EXPECT_EQ(distance("text_model.final_layer_norm.weight"), 0);
  EXPECT_EQ(distance(kText[4]), 1);
  EXPECT_EQ(distance(kText[1]), 2);
  EXPECT_EQ(distance(kText[0]), 3);
  EXPECT_EQ(distance("text_model.encoder.layers.1.self_attn.v_proj.lora_A.weight"), 1);
  EXPECT_EQ(distance("visual.layer1.0.downsample.0.weight"), 3);
  EXPECT_EQ(distance("visual.conv1.weight"), 4);
  EXPECT_EQ(distance("logit_scale"), 0);
  EXPECT_EQ(own.blocks(Tower::image), 3);
  EXPECT_THROW(own.at("another.weight"), Error);
}

TEST(TunedParameters, EachMethodTrainsItsOwn) {
  EXPECT_EQ(trained(FineTuneMethod::projections),
            (std::vector<std::string>{"text_projection.weight", "visual.attnpool.c_proj.weight",
                                      "logit_scale"}));
  EXPECT_EQ(trained(FineTuneMethod::prompt), std::vector<std::string>{kPromptName});
  EXPECT_EQ(trained(FineTuneMethod::lora).size(), 2U);
  EXPECT_EQ(trained(FineTuneMethod::full).size(), kText.size() + kImage.size() + 4);
  const auto none_of = [](const std::vector<std::string>& all, const char* prefix) {
    return std::ranges::none_of(all, [&](const auto& name) { return name.starts_with(prefix); });
  };
  EXPECT_TRUE(none_of(trained(FineTuneMethod::locked_image), "visual."));
  EXPECT_FALSE(none_of(trained(FineTuneMethod::locked_image), "text_"));
  EXPECT_TRUE(none_of(trained(FineTuneMethod::locked_text), "text_"));
  EXPECT_FALSE(none_of(trained(FineTuneMethod::locked_text), "visual."));
}

TEST(TunedParameters, ThePairsProjectionIsNeverTrained) {
  ParameterPlaces own;
  own.add_tower(Tower::text, std::vector<std::string>{"encoder.layer.0.output.dense.weight",
                                                      "projection.weight", "projection.bias"});
  EXPECT_FALSE(own.trains(FineTuneMethod::full, "projection.weight"));
  EXPECT_TRUE(own.trains(FineTuneMethod::full, "encoder.layer.0.output.dense.weight"));
}

std::vector<LinearLayer> layers_of(const std::vector<std::string>& parameters) {
  std::vector<LinearLayer> layers;
  for (const std::string& name : parameters) {
    const std::string layer = name.substr(0, name.rfind('.'));
    const bool three = layer.ends_with("qkv_proj") || layer.ends_with("query_key_value");
    layers.push_back({layer, three ? 12 : layer.ends_with("kv_proj") ? 8 : 4, 4});
  }
  return layers;
}

std::vector<std::string> planned(const std::vector<std::string>& parameters, Tower tower,
                                 LowRankSettings settings) {
  settings.rank = std::min<int64_t>(settings.rank, 4);
  ParameterPlaces own;
  own.add_tower(tower, parameters);
  std::vector<std::string> names;
  for (const LowRankAddition& low : plan_low_rank(layers_of(parameters), settings, own)) {
    names.push_back(low.name + " " + std::to_string(low.begin));
    EXPECT_EQ(low.size, 4);
    EXPECT_EQ(low.in, 4);
  }
  return names;
}

TEST(LowRankPlan, PartsOfStackedLayers) {
  EXPECT_EQ(planned(kText, Tower::text, {}),
            (std::vector<std::string>{"text_model.encoder.layers.0.self_attn.q_proj 0",
                                      "text_model.encoder.layers.0.self_attn.v_proj 8",
                                      "text_model.encoder.layers.1.self_attn.q_proj 0",
                                      "text_model.encoder.layers.1.self_attn.v_proj 4"}));
  EXPECT_EQ(planned(kText, Tower::text, {.targets = {"fc1"}}),
            (std::vector<std::string>{"text_model.encoder.layers.0.mlp.fc1 0"}));
}

TEST(LowRankPlan, LastLayersOfATower) {
  EXPECT_EQ(planned(kText, Tower::text, {.last_layers = 1}),
            (std::vector<std::string>{"text_model.encoder.layers.1.self_attn.q_proj 0",
                                      "text_model.encoder.layers.1.self_attn.v_proj 4"}));
  EXPECT_EQ(planned({"visual.layer1.0.conv1.weight", "visual.attnpool.q_proj.weight"}, Tower::image,
                    {.last_layers = 1}),
            (std::vector<std::string>{"visual.attnpool.q_proj 0"}));
}

TEST(LowRankPlan, NamesOfBert) {
  const std::string block = "encoder.layer.0.";
  const std::vector<std::string> bert = {block + "attention.self.query_key_value.weight",
                                         block + "attention.output.dense.weight",
                                         block + "output.dense.weight"};
  EXPECT_EQ(planned(bert, Tower::text, {}),
            (std::vector<std::string>{block + "attention.self.query 0",
                                      block + "attention.self.value 8"}));
  EXPECT_EQ(planned(bert, Tower::text, {.targets = {"fc2"}}),
            (std::vector<std::string>{block + "output.dense 0"}));
  EXPECT_EQ(planned(bert, Tower::text, {.targets = {"key"}}),
            (std::vector<std::string>{block + "attention.self.key 4"}));
}

TEST(LowRankPlan, ATargetThatNoLayerHas) {
  EXPECT_THROW(planned(kText, Tower::text, {.targets = {"query"}}), Error);
  EXPECT_THROW(planned(kText, Tower::text, {.text_tower = false}), Error);
}

TEST(LowRankPlan, RefusesMoreThanTheModelHas) {
  test::expect_error(ErrorCode::invalid_argument,
                     "last 99 layers of each tower (last_layers), expected at most 2",
                     [] { planned(kText, Tower::text, {.last_layers = 99}); });
  ParameterPlaces own;
  own.add_tower(Tower::text, kText);
  test::expect_error(ErrorCode::invalid_argument,
                     "is 5, expected at most 4, the smaller side of the layer "
                     "'text_model.encoder.layers.0.self_attn.q_proj' (4, 4)",
                     [&] { plan_low_rank(layers_of(kText), {.rank = 5}, own); });
}

}  // namespace
}  // namespace sightline
