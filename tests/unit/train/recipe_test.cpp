#include "train/recipe.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::TemporaryFolder;

json small_recipe() {
  return json::parse(R"({
    "model": {"model_type": "clip", "projection_dim": 16,
      "vision_config": {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
                        "intermediate_size": 64, "image_size": 16, "patch_size": 8},
      "text_config": {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2,
                      "intermediate_size": 48, "max_position_embeddings": 20}}})");
}

class RecipeTest : public ::testing::Test {
 protected:
  Recipe read(const json& recipe) {
    return read_recipe(folder_.write("recipe.json", recipe.dump()));
  }

  // The message of the invalid_data error that reading must throw.
  std::string refusal(const std::string& text) {
    const auto path = folder_.write("recipe.json", text);
    try {
      read_recipe(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "accepted: " << text;
    return "";
  }

  // The recipe with one value (at a JSON pointer) set: refused, naming all of `names`.
  void expect_refused(const char* pointer, const json& value,
                      const std::vector<std::string>& names) {
    json recipe = small_recipe();
    recipe[json::json_pointer(pointer)] = value;
    const std::string message = refusal(recipe.dump());
    for (const auto& name : names) EXPECT_NE(message.find(name), std::string::npos) << message;
  }

  TemporaryFolder folder_;
};

TEST_F(RecipeTest, DeepNestingIsRefused) {
  const std::string deep = std::string(1 << 18, '[') + std::string(1 << 18, ']');
  EXPECT_NE(refusal("{\"model\": " + deep + "}").find("nested deeper"), std::string::npos);
  EXPECT_NE(refusal("{\"epochs\": " + deep + "}").find("nested deeper"), std::string::npos);
}

TEST_F(RecipeTest, AbsentKeysHaveTheirDefaults) {
  const Recipe recipe = read(small_recipe());
  EXPECT_EQ(recipe.datasets.at(0).train_split, "train");
  EXPECT_EQ(recipe.epochs, Recipe{}.epochs);
  EXPECT_EQ(recipe.batch_size, 256);
  EXPECT_EQ(recipe.augmentation.zoom, Augmentation{}.zoom);
  EXPECT_EQ(recipe.captions.both, CaptionMix{}.both);
  const auto& model = std::get<ClipConfig>(recipe.model);
  EXPECT_EQ(model.vision.width, 32);
  EXPECT_EQ(model.text.layers, 3);
  EXPECT_EQ(model.context_length, 20);
  EXPECT_EQ(model.embedding_dim, 16);
}

TEST_F(RecipeTest, EveryKeyIsRead) {
  json recipe = small_recipe();
  recipe.update(json::parse(
      R"({"about": "x", "dataset": "d", "train_split": "a", "evaluate_splits": ["b", "c"],
    "evaluate_every_epochs": 7, "keywords_column": "k", "epochs": 3, "batch_size": 4, "seed": 9,
    "max_logit_scale": 50, "label_smoothing": 0.1, "tokenizer": {"vocab_size": 700, "min_frequency": 5},
    "optimizer": {"learning_rate": 0.5, "weight_decay": 0.25, "beta1": 0.8, "beta2": 0.9, "eps": 0.001,
                  "warmup_steps": 11, "final_learning_rate": 0.5, "clip_gradient_norm": 2},
    "augmentation": {"zoom": 0.3, "shift": 0.1, "rotate_deg": 5, "colour": 0.4, "flip": 0.5},
    "captions": {"caption": 0.25, "keywords": 0.5, "both": 0.125}})"));
  const Recipe r = read(recipe);
  EXPECT_EQ(r.datasets.at(0).path, "d");
  EXPECT_EQ(r.datasets[0].train_split, "a");
  EXPECT_EQ(r.datasets[0].evaluate_splits, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(r.evaluate_every_epochs, 7);
  EXPECT_EQ(r.keywords_columns, (std::vector<std::string>{"k"}));
  EXPECT_EQ(r.epochs, 3);
  EXPECT_EQ(r.batch_size, 4);
  EXPECT_EQ(r.seed, 9u);
  EXPECT_EQ(r.max_logit_scale, 50);
  EXPECT_EQ(r.label_smoothing, 0.1);
  EXPECT_EQ(r.tokenizer_vocab_size, 700);
  EXPECT_EQ(r.tokenizer_min_frequency, 5);
  EXPECT_EQ(std::vector<double>({r.learning_rate, r.weight_decay, r.beta1, r.beta2, r.adam_eps,
                                 r.final_learning_rate, r.clip_gradient_norm}),
            std::vector<double>({0.5, 0.25, 0.8, 0.9, 0.001, 0.5, 2}));
  EXPECT_EQ(r.warmup_steps, 11);
  const Augmentation& a = r.augmentation;
  EXPECT_EQ(std::vector<double>({a.zoom, a.shift, a.rotate_deg, a.colour, a.flip}),
            std::vector<double>({0.3, 0.1, 5, 0.4, 0.5}));
  EXPECT_EQ(std::vector<double>({r.captions.caption, r.captions.keywords, r.captions.both}),
            std::vector<double>({0.25, 0.5, 0.125}));
}

json recipe_of(const json& model) {
  return {{"model", model}};
}

TEST_F(RecipeTest, TheModelDecidesTheTask) {
  EXPECT_STREQ(task_of(read(small_recipe()).model), "contrastive");
  const Recipe bert =
      read(recipe_of({{"model_type", "bert"}, {"hidden_size", 24}, {"num_attention_heads", 2}}));
  EXPECT_STREQ(task_of(bert.model), "masked_words");
  EXPECT_EQ(std::get<BertConfig>(bert.model).width, 24);
  EXPECT_EQ(bert.image_size(), 0);
  EXPECT_EQ(bert.masked_share, 0.15);
  EXPECT_EQ(bert.label_column, "");
  const Recipe resnet = read(recipe_of({{"model_type", "resnet"},
                                        {"layers", {1, 2, 1, 3}},
                                        {"channels", {8, 8, 16, 32}},
                                        {"image_size", 64}}));
  EXPECT_STREQ(task_of(resnet.model), "classification");
  EXPECT_EQ(std::get<ResnetConfig>(resnet.model).layers, (std::array<int64_t, 4>{1, 2, 1, 3}));
  EXPECT_EQ(std::get<ResnetConfig>(resnet.model).channels[3], 32);
  EXPECT_EQ(std::get<ResnetConfig>(resnet.model).stem_width, 64);
  EXPECT_EQ(resnet.image_size(), 64);
  EXPECT_EQ(resnet.label_column, "subgroup");
}

json pair_recipe() {
  return recipe_of({{"model_type", "pair"},
                    {"text", {{"from", "models/x"}}},
                    {"image", {{"model_type", "resnet"}, {"image_size", 64}}}});
}

TEST_F(RecipeTest, APairHasATextTowerAndAnImageTower) {
  json recipe = pair_recipe();
  recipe["pair_loss"] = {
      {"soft_share", 0.3}, {"soft_temperature", 0.1}, {"bank_weight", 2}, {"bank_size", 100}};
  recipe["captions"] = {
      {"mean", 0.5}, {"per_image", 2}, {"variants", 7}, {"phrase", 0.1}, {"phrases", {"a {}"}}};
  recipe["average_decay"] = 0.99;
  const Recipe r = read(recipe);
  const auto& pair = std::get<PairModel>(r.model);
  EXPECT_STREQ(task_of(r.model), "contrastive");
  EXPECT_EQ(pair.text, "models/x");
  EXPECT_TRUE(pair.text_locked);
  EXPECT_EQ(r.image_size(), 64);
  EXPECT_EQ(r.pair_loss.soft_share, 0.3);
  EXPECT_EQ(r.pair_loss.soft_temperature, 0.1);
  EXPECT_EQ(r.pair_loss.bank_weight, 2);
  EXPECT_EQ(r.pair_loss.bank_size, 100);
  EXPECT_EQ(r.captions.mean, 0.5);
  EXPECT_EQ(r.captions.per_image, 2);
  EXPECT_EQ(r.captions.variants, 7);
  EXPECT_EQ(r.captions.phrases, (std::vector<std::string>{"a {}"}));
  EXPECT_EQ(r.average_decay, 0.99);
  recipe["model"]["text"] = {
      {"from", "x"}, {"locked", false}, {"weights", "random"}, {"learning_rate", 0.5}};
  EXPECT_NE(refusal(recipe.dump()).find("'captions'"), std::string::npos);  // mean
  recipe["captions"].erase("mean");
  EXPECT_NE(refusal(recipe.dump()).find("'pair_loss'"), std::string::npos);  // the bank
  recipe["pair_loss"].erase("bank_weight");
  const auto trained = std::get<PairModel>(read(recipe).model);
  EXPECT_FALSE(trained.text_locked);
  EXPECT_TRUE(trained.text_random);
  EXPECT_EQ(trained.text_learning_rate, 0.5);
}

TEST_F(RecipeTest, TheImageTowerOfAPairMayStartFromAModel) {
  json recipe = pair_recipe();
  EXPECT_EQ(std::get<PairModel>(read(recipe).model).image.from, "");
  recipe["model"]["image"]["from"] = "models/y";
  EXPECT_EQ(std::get<PairModel>(read(recipe).model).image.from, "models/y");
  recipe["model"]["image"] = {
      {"model_type", "mobilenet_v2"}, {"image_size", 96}, {"from", "models/z"}};
  const auto pair = std::get<PairModel>(read(recipe).model);
  EXPECT_EQ(pair.image.from, "models/z");
  EXPECT_EQ(std::get<MobilenetV2Config>(pair.image.sizes).image_size, 96);
  EXPECT_EQ(read(recipe).image_size(), 96);
  const auto refused = [&](const char* key, const json& value) {
    json wrong = recipe;
    wrong["model"]["image"][key] = value;
    return refusal(wrong.dump());
  };
  EXPECT_NE(refused("layers", {1, 1, 1, 1}).find("'layers'"), std::string::npos);
  EXPECT_NE(refused("image_size", 16).find("'image_size'"), std::string::npos);
  EXPECT_NE(refused("from", "").find("'from'"), std::string::npos);
  EXPECT_NE(refused("from", 3).find("'from'"), std::string::npos);
  recipe["initial_weights"] = "models/w";
  EXPECT_NE(refusal(recipe.dump()).find("'initial_weights'"), std::string::npos);
}

TEST_F(RecipeTest, KeysOfAPairAreRefusedElsewhere) {
  expect_refused("/pair_loss", json{{"soft_share", 0.3}}, {"'pair_loss'"});
  expect_refused("/captions", json{{"mean", 0.3}}, {"'captions'", "pair"});
  expect_refused("/captions", json{{"phrase", 0.3}}, {"'phrase'", "'phrases'"});
  expect_refused("/captions", json{{"phrase", 0.3}, {"phrases", {"no place"}}}, {"'phrases'"});
  json recipe = pair_recipe();
  recipe["model"]["text"]["weights"] = "random";
  EXPECT_NE(refusal(recipe.dump()).find("'weights'"), std::string::npos);
  recipe = pair_recipe();
  recipe["label_smoothing"] = 0.1;
  EXPECT_NE(refusal(recipe.dump()).find("'label_smoothing'"), std::string::npos);
  recipe = pair_recipe();
  recipe["model"]["text"]["learning_rate"] = 0.1;  // it is locked
  EXPECT_NE(refusal(recipe.dump()).find("'learning_rate'"), std::string::npos);
  recipe = pair_recipe();
  recipe["model"]["text"].erase("from");
  EXPECT_NE(refusal(recipe.dump()).find("'from'"), std::string::npos);
  recipe = pair_recipe();
  recipe["model"]["image"]["model_type"] = "clip";
  EXPECT_NE(refusal(recipe.dump()).find("'image'"), std::string::npos);
}

TEST_F(RecipeTest, SeveralDataSetsHaveWeights) {
  json recipe = small_recipe();
  recipe["datasets"] = {{{"dataset", "a"}, {"weight", 0.5}},
                        {{"dataset", "b"}, {"train_split", ""}, {"evaluate_splits", {"test"}}}};
  const Recipe r = read(recipe);
  ASSERT_EQ(r.datasets.size(), 2u);
  EXPECT_EQ(r.datasets[0].path, "a");
  EXPECT_EQ(r.datasets[0].weight, 0.5);
  EXPECT_EQ(r.datasets[1].train_split, "");
  EXPECT_EQ(r.datasets[1].evaluate_splits, (std::vector<std::string>{"test"}));
  recipe["datasets"][0]["weight"] = 2;  // a CLIP's batch would repeat rows
  EXPECT_NE(refusal(recipe.dump()).find("'datasets'"), std::string::npos);
  recipe["datasets"][0]["weight"] = 1;
  recipe["dataset"] = "c";
  EXPECT_NE(refusal(recipe.dump()).find("'dataset'"), std::string::npos);
  recipe.erase("dataset");
  recipe["datasets"][1].erase("dataset");
  EXPECT_NE(refusal(recipe.dump()).find("'dataset'"), std::string::npos);
}

TEST_F(RecipeTest, SplitsAndKeywordsMayBeLists) {
  json recipe = small_recipe();
  recipe["train_split"] = {"train", "test"};
  recipe["keywords_column"] = {"keywords", "subgroup"};
  const Recipe r = read(recipe);
  EXPECT_EQ(r.datasets[0].train_split, "train,test");
  EXPECT_EQ(r.keywords_columns, (std::vector<std::string>{"keywords", "subgroup"}));
  expect_refused("/train_split", {"train", 1}, {"'train_split'", "list of strings"});
  expect_refused("/train_split", json::array(), {"'train_split'"});
  expect_refused("/train_split", {"train", ""}, {"'train_split'", "empty"});
  expect_refused("/keywords_column", 3, {"'keywords_column'", "list of strings"});
}

TEST_F(RecipeTest, SubjectsAreExcludedByDataSetAndSplit) {
  EXPECT_TRUE(read(small_recipe()).exclude_subjects.empty());
  json recipe = small_recipe();
  recipe["exclude_subjects"] = {{{"dataset", "a"}, {"split", "novel"}}};
  const Recipe r = read(recipe);
  ASSERT_EQ(r.exclude_subjects.size(), 1u);
  EXPECT_EQ(r.exclude_subjects[0].dataset, "a");
  EXPECT_EQ(r.exclude_subjects[0].split, "novel");
  expect_refused("/exclude_subjects", "a", {"'exclude_subjects'", "list"});
  expect_refused("/exclude_subjects", json::array({{{"dataset", "a"}}}), {"'split'"});
  expect_refused("/exclude_subjects",
                 json::array({{{"dataset", "a"}, {"split", "b"}, {"words", "c"}}}), {"'words'"});
}

TEST_F(RecipeTest, TheBorderIsTheEdgeOrWhite) {
  EXPECT_FALSE(read(small_recipe()).augmentation.white_border);
  json recipe = small_recipe();
  recipe["augmentation"] = {{"border", "white"}};
  EXPECT_TRUE(read(recipe).augmentation.white_border);
  expect_refused("/augmentation/border", "black", {"'border'", "edge", "white"});
}

TEST_F(RecipeTest, AListOfLayersIsAModifiedResNet) {
  json recipe = small_recipe();
  recipe["model"]["vision_config"] = {{"layers", {1, 2, 3, 4}}, {"width", 24}, {"image_size", 64}};
  const auto clip = std::get<ClipConfig>(read(recipe).model);
  ASSERT_TRUE(clip.resnet.has_value());
  EXPECT_EQ(clip.resnet->layers, (std::array<int64_t, 4>{1, 2, 3, 4}));
  EXPECT_EQ(clip.resnet->width, 24);
  EXPECT_EQ(clip.resnet->heads, 12);
  EXPECT_EQ(clip.image_size, 64);
  EXPECT_EQ(clip.text.width, 24);
  EXPECT_EQ(clip.embedding_dim, 16);
  for (const auto& [key, value] : {std::pair<const char*, json>{"layers", json{1, 2, 3}},
                                   {"layers", json{1, 2, 3, 0}},
                                   {"width", 3},
                                   {"width", "24"},
                                   {"image_size", 48},
                                   {"heads", 4}}) {
    json wrong = recipe;
    wrong["model"]["vision_config"][key] = value;
    EXPECT_NE(refusal(wrong.dump()).find(std::string("'") + key + "'"), std::string::npos) << key;
  }
}

TEST_F(RecipeTest, ImagesAreUprightUnlessTheRecipeSaysStored) {
  EXPECT_EQ(read(small_recipe()).orientation, OrientationProfile::upright);
  json recipe = small_recipe();
  recipe["orientation"] = "stored";
  EXPECT_EQ(read(recipe).orientation, OrientationProfile::stored);
  expect_refused("/orientation", "sideways", {"'orientation'", "upright"});
}

TEST_F(RecipeTest, TaskAndLabelsMustFitTheModel) {
  expect_refused("/task", "classification", {"'task'", "classification", "contrastive"});
  expect_refused("/task", 3, {"'task'", "string"});
  expect_refused("/label_column", "kind", {"'label_column'"});
  json recipe = recipe_of({{"model_type", "resnet"}});
  recipe["label_column"] = "kind";
  recipe["task"] = "classification";
  EXPECT_EQ(read(recipe).label_column, "kind");
  recipe["model"]["channels"] = {8, 8, 8, 1e9};
  EXPECT_NE(refusal(recipe.dump()).find("'channels'"), std::string::npos);
  try {
    read(recipe_of({{"model_type", "gpt2"}}));
    FAIL() << "a model that cannot be trained was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(error.what()).find("gpt2"), std::string::npos) << error.what();
  }
}

TEST_F(RecipeTest, UnknownKeysAreNamed) {
  expect_refused("/epoch", 3, {"'epoch'"});
  expect_refused("/optimizer/learning-rate", 0.1, {"optimizer", "'learning-rate'"});
  expect_refused("/augmentation/color", 0.1, {"augmentation", "'color'"});
  expect_refused("/captions/every", 0.1, {"captions", "'every'"});
  expect_refused("/tokenizer/size", 600, {"tokenizer", "'size'"});
}

TEST_F(RecipeTest, ValuesOutOfRangeAreNamedWithTheRange) {
  expect_refused("/epochs", 0, {"'epochs'", "is 0", "from 1"});
  expect_refused("/epochs", 2.5, {"'epochs'", "2.5", "whole"});
  expect_refused("/epochs", "ten", {"'epochs'", "ten"});
  expect_refused("/batch_size", 1, {"'batch_size'", "from 2"});
  expect_refused("/batch_size", 1e18, {"'batch_size'"});
  expect_refused("/seed", -1, {"'seed'"});
  expect_refused("/tokenizer/vocab_size", 513, {"'vocab_size'", "514"});
  expect_refused("/optimizer/beta2", 1, {"'beta2'"});
  expect_refused("/optimizer/learning_rate", nullptr, {"'learning_rate'"});
  expect_refused("/augmentation/flip", 1.5, {"'flip'", "to 1"});
  expect_refused("/evaluate_splits", "test", {"'evaluate_splits'", "list of strings"});
  expect_refused("/evaluate_splits", {"test", 1}, {"'evaluate_splits'", "list of strings"});
  expect_refused("/dataset", 4, {"'dataset'", "string"});
  expect_refused("/optimizer", {1, 2}, {"optimizer", "object"});
}

TEST_F(RecipeTest, WhatIsNoRecipeIsRefused) {
  refusal("");
  refusal("[]");
  refusal("{\"epochs\": 3");
  EXPECT_NE(refusal("{}").find("'model'"), std::string::npos);
  try {
    read_recipe(folder_.path() / "none.json");
    FAIL() << "read a file that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
  }
}

TEST_F(RecipeTest, FingerprintFollowsTheText) {
  json recipe = small_recipe();
  const std::string one = read(recipe).fingerprint();
  EXPECT_EQ(read(recipe).fingerprint(), one);
  recipe["seed"] = 2;
  EXPECT_NE(read(recipe).fingerprint(), one);
  EXPECT_EQ(one.size(), 64u);
}

// Every shipped recipe can be read.
TEST_F(RecipeTest, ShippedRecipes) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/recipes")) {
    if (entry.path().extension() != ".json") continue;
    EXPECT_NO_THROW(read_recipe(entry.path())) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace sightline
