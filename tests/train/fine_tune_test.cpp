// Fine-tuning of published models: each method trains what it says, learns, resumes to the same
// bytes, and writes a model in the layout that it came from.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/fine_tune.h>
#include <sightline/model.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "train/runs.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::bytes_of;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

const TemporaryFolder& folder() {
  static const TemporaryFolder folder;
  static const bool written = (write_data(folder), true);
  (void)written;
  return folder;
}

// A model to start from, trained by the tests of the other tasks' recipes.
fs::path start_model(const std::string& kind) {
  if (kind.starts_with("emoji-")) return fs::path(SIGHTLINE_SOURCE_DIR) / "models" / kind;
  static std::map<std::string, fs::path> made;
  if (!made.contains(kind)) {
    json recipe = recipe_for(kind);
    recipe["epochs"] = 2;
    made[kind] = run_training(folder(), recipe, "start-" + kind).out;
  }
  return made[kind];
}

// The model with weights in fp32.
fs::path in_fp32(const std::string& kind) {
  const fs::path from = start_model(kind), to = folder().path() / (kind + "-fp32");
  if (fs::exists(to)) return to;
  fs::copy(from, to);
  std::vector<NamedTensor> tensors;
  const SafetensorsFile file(from / "model.safetensors");
  for (const auto& [name, entry] : file.entries()) tensors.push_back({name, to_host_f32(entry)});
  fs::remove(to / "checkpoint.safetensors");
  write_safetensors(to / "model.safetensors", tensors, FloatStorage::f32);
  return to;
}

json fine_tune_recipe(const fs::path& from, const std::string& method) {
  return {{"evaluate_splits", {"test"}},
          {"evaluate_every_epochs", 2},
          {"model", {{"model_type", "published"}, {"from", from.string()}, {"method", method}}},
          {"captions", {{"caption", 1}, {"keywords", 0}, {"both", 0}}},
          {"epochs", 4},
          {"batch_size", 8},
          {"optimizer", {{"learning_rate", 0.003}, {"warmup_steps", 2}}}};
}

// The tensors of a model's file with other bytes than the start's.
std::vector<std::string> changed_tensors(const fs::path& before, const fs::path& after) {
  const SafetensorsFile old(before), now(after);
  EXPECT_EQ(old.entries().size(), now.entries().size());
  std::vector<std::string> changed;
  for (const auto& [name, entry] : old.entries()) {
    const auto found = now.entries().find(name);
    if (found == now.entries().end()) {
      ADD_FAILURE() << "no tensor " << name;
      continue;
    }
    EXPECT_EQ(found->second.dtype, entry.dtype) << name;
    EXPECT_EQ(found->second.shape, entry.shape) << name;
    if (!std::ranges::equal(found->second.bytes, entry.bytes)) changed.push_back(name);
  }
  return changed;
}

double mean_loss(const TrainingRun& run, int epoch) {
  double sum = 0;
  int steps = 0;
  for (const json& line : run.log) {
    if (!line.contains("loss") || line["epoch"] != epoch) continue;
    sum += line["loss"].get<double>();
    ++steps;
  }
  EXPECT_GT(steps, 0);
  return sum / steps;
}

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
  static std::string name() {
    return std::string(GetParam().model) + "-" + GetParam().method;
  }
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

INSTANTIATE_TEST_SUITE_P(Methods, FineTuning, ::testing::ValuesIn(kCases), [](const auto& info) {
  std::string name = std::string(info.param.model) + "_" + info.param.method;
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
    ::testing::Values(
        Layout{"vit", {"model.safetensors", "config.json", "tokenizer.json"}},
        Layout{"modified_resnet", {"open_clip_model.safetensors", "open_clip_config.json"}},
        Layout{"trained_pair", {"text/model.safetensors", "image/model.safetensors"}},
        Layout{"emoji-vit-8", {"model.safetensors", "preprocessor_config.json"}},
        Layout{"emoji-rn", {"open_clip_model.safetensors"}}, Layout{"emoji-baseline", {}}),
    [](const auto& info) {
      std::string name = info.param.model;
      std::ranges::replace(name, '-', '_');
      return name;
    });

double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0, first = 0, second = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    first += static_cast<double>(a[i]) * a[i];
    second += static_cast<double>(b[i]) * b[i];
  }
  return product / std::sqrt(first * second);
}

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

// The figures of the last evaluation are those of the written model, and both backends agree on it.
TEST(FineTunedWeights, GiveTheSameVectorsOnTheCpuBackend) {
  for (const char* method : {"full", "lora"}) {
    const std::string out = std::string("fp32-vectors-") + method;
    const TrainingRun run =
        run_training(folder(), fine_tune_recipe(in_fp32("vit"), method), out);
    ModelOptions torch;
    torch.backend = Backend::torch;
    const Model ours = Model::load(run.out), oracle = Model::load(run.out, torch);
    const std::vector<TokenIds> texts = {ours.tokenizer().encode("a green house")};
    EXPECT_GT(cosine(ours.encode_tokens(texts).values, oracle.encode_tokens(texts).values),
              1 - 1e-6);
  }
}

// --- settings ------------------------------------------------------------------------------------

TEST(FineTuningSettings, LayerDecaySlowsEarlyLayers) {
  json recipe = fine_tune_recipe(in_fp32("vit"), "full");
  recipe["epochs"] = 1;
  const TrainingRun even = run_training(folder(), recipe, "decay-1");
  recipe["model"]["layer_decay"] = 0.1;
  const TrainingRun decayed = run_training(folder(), recipe, "decay-0.1");
  const auto distance = [&](const TrainingRun& run, const std::string& name) {
    const SafetensorsFile a(in_fp32("vit") / "model.safetensors"),
        b(run.out / "model.safetensors");
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
