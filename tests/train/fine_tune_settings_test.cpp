// Fine-tuning with a prompt, of pairs, and with each setting.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/model.h>

#include "train/fine_tune_runs.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::changed_tensors;
using testing::cosine;
using testing::fine_tune_recipe;
using testing::folder;
using testing::in_fp32;
using testing::mean_loss;
using testing::run_training;
using testing::start_model;
using testing::TrainingRun;

// --- prompts -------------------------------------------------------------------------------------

// The number of ids of a phrase, without start and end.
int64_t tokens_of(const fs::path& model, const char* phrase) {
  const Model loaded = Model::load(model, {.load_image_tower = false, .load_text_tower = false});
  return static_cast<int64_t>(loaded.tokenizer().encode(phrase).ids.size()) - 2;
}

// Before the first step the prompt is "a photo of a".
TEST(FineTunedPrompt, IsAtFirstAPhotoOfA) {
  const fs::path from = start_model("emoji-vit-8");
  json recipe = fine_tune_recipe(from, "prompt");
  recipe["model"]["prompt_length"] = tokens_of(from, "a photo of a");
  recipe["keywords_column"] = "none";
  recipe["optimizer"]["learning_rate"] = 0;
  recipe["epochs"] = 1;
  const TrainingRun prompt = run_training(folder(), recipe, "prompt-start");
  recipe["model"] = {
      {"model_type", "published"}, {"from", from.string()}, {"method", "projections"}};
  recipe["captions"] = {{"caption", 0}, {"phrase", 1}, {"phrases", {"a photo of a {}"}}};
  const TrainingRun phrase = run_training(folder(), recipe, "phrase-start");
  EXPECT_NEAR(mean_loss(prompt, 1), mean_loss(phrase, 1), 2e-5);

  const Model start = Model::load(from),
              adapted = Model::load(from.string() + "+" + (prompt.out / "adapter").string());
  const std::vector<TokenIds> with_words = {start.tokenizer().encode("a photo of a red ball")},
                              with_vectors = {adapted.tokenizer().encode("red ball")};
  EXPECT_EQ(with_words[0].ids.size(), with_vectors[0].ids.size());
  EXPECT_GT(
      cosine(start.encode_tokens(with_words).values, adapted.encode_tokens(with_vectors).values),
      1 - 1e-6);
}

// --- pairs ---------------------------------------------------------------------------------------

void expect_trained_parts(const fs::path& from, const std::string& name) {
  struct Method {
    const char* name;
    bool text, image;
  };
  for (const auto& [method, text, image] :
       {Method{"full", true, true}, Method{"locked-image", true, false},
        Method{"locked-text", false, true}, Method{"projections", false, true},
        Method{"lora", true, false}, Method{"prompt", false, false}}) {
    json recipe = fine_tune_recipe(from, method);
    recipe["epochs"] = 1;
    const TrainingRun run = run_training(folder(), recipe, name + "-" + method);
    const auto changed = [&](const std::string& part, const fs::path& start) {
      return !changed_tensors(start / "model.safetensors", run.out / part / "model.safetensors")
                  .empty();
    };
    const fs::path text_model = from / "text", image_model = from / "image";
    EXPECT_EQ(changed("text", fs::exists(text_model) ? text_model : start_model("emoji-bert")),
              text)
        << method;
    EXPECT_EQ(changed("image", fs::exists(image_model) ? image_model : start_model("emoji-resnet")),
              image)
        << method;
    EXPECT_EQ(Model::load(run.out).info().projection, Model::load(from).info().projection);
  }
}

TEST(FineTunedPair, WithBothTowersInIt) {
  expect_trained_parts(start_model("trained_pair"), "pair-parts");
}

TEST(FineTunedPair, WithAnUntrainedProjection) {
  expect_trained_parts(start_model("emoji-baseline"), "baseline-parts");
}

TEST(FineTunedPair, WithASentenceModel) {
  if (!fs::exists(fs::path(SIGHTLINE_SOURCE_DIR) / "build/deps/all-MiniLM-L6-v2"))
    GTEST_SKIP() << "the sentence model was not fetched (tools/fetch_sentence_model.sh)";
  json recipe = fine_tune_recipe(start_model("emoji-words"), "lora");
  recipe["epochs"] = 1;
  const TrainingRun run = run_training(folder(), recipe, "sentence-pair");
  const Model before = Model::load(start_model("emoji-words")), after = Model::load(run.out);
  const std::vector<TokenIds> texts = {after.tokenizer().encode("a red ball")};
  const double equal =
      cosine(before.encode_tokens(texts).values, after.encode_tokens(texts).values);
  EXPECT_LT(equal, 1 - 1e-7);
  EXPECT_GT(equal, 0.5);
}

// --- settings ------------------------------------------------------------------------------------

TEST(FineTuningSettings, LayerDecaySlowsEarlyLayers) {
  json recipe = fine_tune_recipe(in_fp32("vit"), "full");
  recipe["epochs"] = 1;
  const TrainingRun even = run_training(folder(), recipe, "decay-1");
  recipe["model"]["layer_decay"] = 0.1;
  const TrainingRun decayed = run_training(folder(), recipe, "decay-0.1");
  const auto distance = [&](const TrainingRun& run, const std::string& name) {
    const SafetensorsFile a(in_fp32("vit") / "model.safetensors"), b(run.out / "model.safetensors");
    const Tensor x = to_host_f32(a.entries().at(name)), y = to_host_f32(b.entries().at(name));
    double sum = 0;
    for (int64_t i = 0; i < x.count(); ++i)
      sum += std::pow(x.data<float>()[i] - y.data<float>()[i], 2);
    return std::sqrt(sum);
  };
  const std::string early = "text_model.embeddings.position_embedding.weight",
                    last = "text_projection.weight";
  EXPECT_LT(distance(decayed, early), 0.1 * distance(even, early));
  EXPECT_GT(distance(decayed, last), 0.5 * distance(even, last));
}

TEST(FineTuningSettings, SeveralCaptionsChunksAndHardNegatives) {
  json recipe = fine_tune_recipe(start_model("vit"), "full");
  recipe["captions"] = {{"caption", 1}, {"keywords", 1}, {"per_image", 2}};
  recipe["chunk"] = 3;
  recipe["hard_negatives"] = 2;
  recipe["checkpointing"] = true;
  const TrainingRun run = run_training(folder(), recipe, "all-settings");
  EXPECT_LT(mean_loss(run, 4), mean_loss(run, 1));
}

// Gradients do not depend on how they are computed.
TEST(FineTuningSettings, CheckpointingAndChunksChangeNoLoss) {
  for (const char* method : {"locked-image", "locked-text", "projections", "lora", "prompt"}) {
    json recipe = fine_tune_recipe(start_model("emoji-vit-8"), method);
    recipe["epochs"] = 2;
    recipe["optimizer"]["learning_rate"] = 3e-4;
    if (std::string(method) == "lora") recipe["model"]["low_rank"] = {{"last_layers", 1}};
    const std::string name = std::string("plain-") + method;
    const TrainingRun plain = run_training(folder(), recipe, name);
    recipe["checkpointing"] = true;
    recipe["chunk"] = 3;
    const TrainingRun saving = run_training(folder(), recipe, name + "-saving");
    EXPECT_NEAR(mean_loss(plain, 2), mean_loss(saving, 2), 1e-3) << method;
  }
}

TEST(FineTuningSettings, Bf16LearnsWithWeightsInFp32) {
  for (const char* method : {"full", "lora", "prompt"}) {
    json recipe = fine_tune_recipe(in_fp32("vit"), method);
    recipe["bf16"] = true;
    if (std::string(method) != "full") recipe["optimizer"]["learning_rate"] = 0.02;
    const TrainingRun run = run_training(folder(), recipe, std::string("bf16-") + method);
    EXPECT_LT(mean_loss(run, 4), mean_loss(run, 1)) << method;
    const SafetensorsFile model(run.out / "model.safetensors");
    EXPECT_EQ(model.entries().at("text_projection.weight").dtype, "F32");
  }
}

TEST(FineTuningSettings, ErrorsNameWhatIsExpected) {
  json recipe = fine_tune_recipe(start_model("vit"), "lora");
  recipe["model"]["low_rank"] = {{"targets", {"gate_proj"}}};
  EXPECT_THROW(run_training(folder(), recipe, "no-target"), Error);
  recipe = fine_tune_recipe(start_model("vit"), "prompt");
  recipe["model"]["prompt_length"] = 14;  // of 16 positions
  EXPECT_THROW(run_training(folder(), recipe, "long-prompt"), Error);
  recipe = fine_tune_recipe(start_model("emoji-bert"), "full");
  EXPECT_THROW(run_training(folder(), recipe, "no-image-tower"), Error);
  recipe = fine_tune_recipe(folder().path() / "start-vit", "full");
  EXPECT_THROW(run_training(folder(), recipe, "start-vit"), Error);  // writes into the start
}

}  // namespace
}  // namespace sightline
