// Fine-tuning of published models: each method trains what it says, learns, resumes to the same
// bytes, and writes a model in the layout that it came from.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/fine_tune.h>
#include <sightline/model.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "train/fine_tune_runs.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::bytes_of;
using testing::changed_tensors;
using testing::cosine;
using testing::fine_tune_recipe;
using testing::folder;
using testing::in_fp32;
using testing::mean_loss;
using testing::run_training;
using testing::start_model;
using testing::TrainingRun;

struct Case {
  const char *model, *method, *weights;
  bool (*may_change)(const std::string& name);
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.model << " " << c.method;
}

bool all(const std::string&) {
  return true;
}
bool not_vision(const std::string& name) {
  return !name.starts_with("vision_model.") && !name.starts_with("visual");
}
bool not_text(const std::string& name) {
  return name.starts_with("vis") || name == "logit_scale";
}
bool is_projection(const std::string& name) {
  return name == "logit_scale" || name.starts_with("text_projection") ||
         name.starts_with("visual_projection") || name.starts_with("visual.attnpool.c_proj");
}
bool is_attention(const std::string& name) {
  return name.ends_with("q_proj.weight") || name.ends_with("v_proj.weight") ||
         name.ends_with("attn.in_proj_weight");
}
bool none(const std::string&) {
  return false;
}

const Case kCases[] = {
    {"vit", "full", "model.safetensors", all},
    {"vit", "locked-image", "model.safetensors", not_vision},
    {"vit", "locked-text", "model.safetensors", not_text},
    {"vit", "projections", "model.safetensors", is_projection},
    {"vit", "lora", "model.safetensors", is_attention},
    {"vit", "prompt", "model.safetensors", none},
    {"modified_resnet", "full", "open_clip_model.safetensors", all},
    {"modified_resnet", "locked-image", "open_clip_model.safetensors", not_vision},
    {"modified_resnet", "locked-text", "open_clip_model.safetensors", not_text},
    {"modified_resnet", "projections", "open_clip_model.safetensors", is_projection},
    {"modified_resnet", "lora", "open_clip_model.safetensors", is_attention},
    {"modified_resnet", "prompt", "open_clip_model.safetensors", none},
};

class FineTuning : public ::testing::TestWithParam<Case> {
 protected:
  static json recipe() {
    const Case& c = GetParam();
    json recipe = fine_tune_recipe(start_model(c.model), c.method);
    const std::string method = c.method;
    if (method == "prompt" || method == "lora") recipe["optimizer"]["learning_rate"] = 0.02;
    return recipe;
  }
  static std::string name() { return std::string(GetParam().model) + "-" + GetParam().method; }
  static const TrainingRun& whole() {
    static std::map<std::string, TrainingRun> runs;
    if (!runs.contains(name())) runs[name()] = run_training(folder(), recipe(), name());
    return runs[name()];
  }
};

TEST_P(FineTuning, TrainsOnlyTheMethodsParameters) {
  const fs::path before = start_model(GetParam().model) / GetParam().weights,
                 after = whole().out / GetParam().weights;
  const std::vector<std::string> changed = changed_tensors(before, after);
  for (const std::string& name : changed) EXPECT_TRUE(GetParam().may_change(name)) << name;
  const bool prompt = std::string(GetParam().method) == "prompt";
  EXPECT_EQ(changed.empty(), prompt);
  EXPECT_EQ(fs::exists(whole().out / "adapter" / "prompt_vectors.safetensors"), prompt);
}

TEST_P(FineTuning, LearnsAndIsMeasured) {
  EXPECT_TRUE(whole().result.complete);
  EXPECT_LT(mean_loss(whole(), 4), mean_loss(whole(), 1));
  EXPECT_TRUE(whole().log.back()["recall"]["test"].contains("R@1")) << whole().log.back();
}

TEST_P(FineTuning, StoppedRunResumesToTheSameBytes) {
  const TrainingRun first = run_training(folder(), recipe(), name() + "-stopped", 1);
  EXPECT_FALSE(first.result.complete);
  EXPECT_FALSE(fs::exists(first.out / GetParam().weights));
  const TrainingRun second = run_training(folder(), recipe(), name() + "-stopped");
  EXPECT_EQ(second.log, whole().log);
  for (const char* file : {GetParam().weights, "checkpoint.safetensors",
                           "adapter/prompt_vectors.safetensors", "tokenizer.json"}) {
    if (std::string(file) == "checkpoint.safetensors") continue;  // has the seconds of the run
    EXPECT_EQ(bytes_of(second.out / file), bytes_of(whole().out / file)) << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, FineTuning, ::testing::ValuesIn(kCases), [](const auto& test) {
  std::string name = std::string(test.param.model) + "_" + test.param.method;
  std::ranges::replace(name, '-', '_');
  return name;
});

// --- export --------------------------------------------------------------------------------------

struct Layout {
  const char* model;
  std::vector<const char*> weights;
};
void PrintTo(const Layout& layout, std::ostream* out) {
  *out << layout.model;
}

class FineTunedLayout : public ::testing::TestWithParam<Layout> {};

TEST_P(FineTunedLayout, WithoutAStepTheWeightsKeepTheirBytes) {
  const fs::path from = start_model(GetParam().model);
  for (const char* method : {"projections", "lora"}) {
    json recipe = fine_tune_recipe(from, method);
    recipe["epochs"] = 1;
    recipe["optimizer"]["learning_rate"] = 0;
    const std::string out = std::string("zero-") + GetParam().model + "-" + method;
    const TrainingRun run = run_training(folder(), recipe, out);
    for (const char* file : GetParam().weights) {
      EXPECT_FALSE(bytes_of(from / file).empty()) << file;
      EXPECT_EQ(bytes_of(from / file), bytes_of(run.out / file)) << method << " " << file;
      EXPECT_FALSE(fs::is_symlink(run.out / file)) << file;
    }
    const Model before = Model::load(from), after = Model::load(run.out);
    EXPECT_EQ(before.info().layout, after.info().layout);
    const std::vector<TokenIds> texts = {after.tokenizer().encode("a red ball")};
    EXPECT_EQ(before.encode_tokens(texts).values, after.encode_tokens(texts).values);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, FineTunedLayout,
    ::testing::Values(Layout{"vit", {"model.safetensors", "config.json", "tokenizer.json"}},
                      Layout{"modified_resnet",
                             {"open_clip_model.safetensors", "open_clip_config.json"}},
                      Layout{"trained_pair", {"text/model.safetensors", "image/model.safetensors"}},
                      Layout{"emoji-vit-8", {"model.safetensors", "preprocessor_config.json"}},
                      Layout{"emoji-rn", {"open_clip_model.safetensors"}},
                      Layout{"emoji-baseline", {}}),
    [](const auto& test) {
      std::string name = test.param.model;
      std::ranges::replace(name, '-', '_');
      return name;
    });

// W + scale * B A, for a layer of the last checkpoint.
Tensor merged(const SafetensorsFile& checkpoint, const Tensor& weight, const std::string& layer,
              double scale) {
  const Tensor a = to_host_f32(checkpoint.entries().at("parameter." + layer + ".lora_A.weight"));
  const Tensor b = to_host_f32(checkpoint.entries().at("parameter." + layer + ".lora_B.weight"));
  Tensor result(weight.shape(), DType::f32);
  const int64_t rank = a.dim(0), in = a.dim(1);
  for (int64_t i = 0; i < weight.count(); ++i) {
    double sum = 0;
    for (int64_t r = 0; r < rank; ++r)
      sum += static_cast<double>(b.data<float>()[i / in * rank + r]) *
             a.data<float>()[r * in + i % in];
    result.data<float>()[i] = static_cast<float>(weight.data<float>()[i] + scale * sum);
  }
  return result;
}

TEST(FineTunedWeights, AreThoseOfTheLastStep) {
  const fs::path from = in_fp32("vit");
  const TrainingRun run = run_training(folder(), fine_tune_recipe(from, "full"), "fp32-full");
  const SafetensorsFile checkpoint(run.out / "checkpoint.safetensors"),
      model(run.out / "model.safetensors");
  int compared = 0;
  for (const auto& [name, entry] : model.entries()) {
    const auto found = checkpoint.entries().find("parameter." + name);
    if (found == checkpoint.entries().end()) continue;  // of a stacked layer
    EXPECT_TRUE(std::ranges::equal(found->second.bytes, entry.bytes)) << name;
    ++compared;
  }
  EXPECT_GT(compared, 20);
  // qkv_proj of the checkpoint has the rows of q_proj, k_proj and v_proj. The tower has one layer,
  // whose query is apart.
  const auto stacked =
      checkpoint.entries().at("parameter.vision_model.encoder.layers.0.self_attn.kv_proj.weight");
  const auto key = model.entries().at("vision_model.encoder.layers.0.self_attn.k_proj.weight");
  EXPECT_TRUE(std::ranges::equal(stacked.bytes.first(key.bytes.size()), key.bytes));
}

TEST(FineTunedWeights, HaveTheLowRankAdditions) {
  const fs::path from = in_fp32("vit");
  json recipe = fine_tune_recipe(from, "lora");
  recipe["model"]["low_rank"] = {{"rank", 3}, {"alpha", 6}, {"targets", {"q_proj", "fc2"}}};
  const TrainingRun run = run_training(folder(), recipe, "fp32-lora");
  const SafetensorsFile checkpoint(run.out / "checkpoint.safetensors"),
      before(from / "model.safetensors"), after(run.out / "model.safetensors");
  for (const std::string layer :
       {"text_model.encoder.layers.0.self_attn.q_proj", "vision_model.encoder.layers.0.mlp.fc2"}) {
    const Tensor start = to_host_f32(before.entries().at(layer + ".weight")),
                 now = to_host_f32(after.entries().at(layer + ".weight"));
    const Tensor expected = merged(checkpoint, start, layer, 2.0);
    double most = 0;
    for (int64_t i = 0; i < now.count(); ++i) {
      EXPECT_NEAR(now.data<float>()[i], expected.data<float>()[i], 1e-6) << layer;
      most = std::max<double>(most, std::abs(now.data<float>()[i] - start.data<float>()[i]));
    }
    EXPECT_GT(most, 1e-4) << layer;
  }
}

// With the tests above: the vectors of the last step.
TEST(FineTunedWeights, GiveTheSameVectorsOnTheCpuBackend) {
  for (const char* method : {"full", "lora"}) {
    const std::string out = std::string("fp32-vectors-") + method;
    const TrainingRun run = run_training(folder(), fine_tune_recipe(in_fp32("vit"), method), out);
    ModelOptions torch;
    torch.backend = Backend::torch;
    const Model ours = Model::load(run.out), oracle = Model::load(run.out, torch);
    const std::vector<TokenIds> texts = {ours.tokenizer().encode("a green house")};
    EXPECT_GT(cosine(ours.encode_tokens(texts).values, oracle.encode_tokens(texts).values),
              1 - 1e-6);
  }
}

// The adapter has what was merged.
TEST(FineTunedWeights, EqualTheStartWithTheAdapter) {
  const fs::path from = in_fp32("vit");
  const TrainingRun run = run_training(folder(), fine_tune_recipe(from, "lora"), "fp32-adapter");
  const Model merged = Model::load(run.out), start = Model::load(from),
              adapted = Model::load(from.string() + "+" + (run.out / "adapter").string());
  const std::vector<TokenIds> texts = {merged.tokenizer().encode("a white fish")};
  const auto vector = [&](const Model& model) { return model.encode_tokens(texts).values; };
  EXPECT_GT(cosine(vector(merged), vector(adapted)), 1 - 1e-6);
  EXPECT_LT(cosine(vector(merged), vector(start)), 1 - 1e-5);
}

// All weights with an addition are written, also those that are not trained further.
TEST(FineTunedWeights, StartWithAnAdapter) {
  const fs::path from = in_fp32("vit");
  const TrainingRun first = run_training(folder(), fine_tune_recipe(from, "lora"), "first-adapter");
  json recipe =
      fine_tune_recipe(from.string() + "+" + (first.out / "adapter").string(), "projections");
  recipe["epochs"] = 1;
  recipe["optimizer"]["learning_rate"] = 0;
  const TrainingRun second = run_training(folder(), recipe, "second-adapter");
  const Model merged = Model::load(first.out), again = Model::load(second.out);
  const std::vector<TokenIds> texts = {merged.tokenizer().encode("a white fish")};
  EXPECT_GT(cosine(merged.encode_tokens(texts).values, again.encode_tokens(texts).values),
            1 - 1e-6);
}

}  // namespace
}  // namespace sightline
