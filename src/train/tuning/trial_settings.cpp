#include "train/tuning/trial_settings.h"

#include <sightline/error.h>
#include <sightline/fine_tune_runner.h>

#include <algorithm>

#include "base/json_section.h"
#include "train/fine_tune/recipe_writer.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr const char* kNone = "none";
constexpr const char* kMethod = "method";
constexpr const char* kTrainingKeys[] = {kMethod,           "epochs",
                                         "batch_size",      "learning_rate",
                                         "weight_decay",    "warmup",
                                         "layer_decay",     "average_decay",
                                         "label_smoothing", "captions_per_image",
                                         "hard_negatives",  "chunk",
                                         "checkpointing",   "bf16",
                                         "patience",        "rank",
                                         "alpha",           "last_layers",
                                         "towers",          "targets",
                                         "prompt_length",   "interpolation",
                                         "augmentation",    "training_seed"};

// Ranges are those of the options of `sightline train --from`.
void read_optimizer(JsonSection& section, FineTuneSettings& s) {
  section.read("epochs", s.epochs, 1, 1e6);
  section.read("batch_size", s.batch_size, 2, 65536);
  if (section.find("learning_rate") != nullptr) {
    s.learning_rate.emplace();
    section.read("learning_rate", *s.learning_rate, 1e-12, 1e3);
  }
  section.read("weight_decay", s.weight_decay, 0, 10);
  section.read("warmup", s.warmup_share, 0, 1);
  section.read("layer_decay", s.layer_decay, 0.01, 1);
  section.read("average_decay", s.average_decay, 0, 0.99999);
  section.read("label_smoothing", s.label_smoothing, 0, 0.9);
  section.read("captions_per_image", s.captions_per_image, 1, 64);
  section.read("hard_negatives", s.hard_negatives, 0, 65535);
  section.read("chunk", s.chunk, 0, 65536);
  section.read("checkpointing", s.checkpointing);
  section.read("bf16", s.bf16);
  section.read("patience", s.patience, 0, 1e6);
  section.read("interpolation", s.interpolate);
  section.read("augmentation", s.augment);
  section.read("training_seed", s.seed, 0, 9e15);
}

void read_method(JsonSection& section, FineTuneSettings& s) {
  LowRankSettings& low_rank = s.low_rank;
  section.read("rank", low_rank.rank, 1, 4096);
  section.read("alpha", low_rank.alpha, 1e-6, 1e6);
  section.read("last_layers", low_rank.last_layers, 0, 1e6);
  std::string towers = "both";
  section.read("towers", towers);
  if (towers != "both" && towers != "image" && towers != "text")
    section.fail("towers", "\"image\", \"text\" or \"both\"");
  low_rank.image_tower = towers != "text";
  low_rank.text_tower = towers != "image";
  section.read("targets", low_rank.targets);
  section.read("prompt_length", s.prompt_length, 1, 64);
}

std::optional<FineTuneSettings> read_training(const json& keys, const std::string& where) {
  JsonSection section(keys, where);
  FineTuneSettings s;
  read_optimizer(section, s);
  read_method(section, s);
  std::string method = kNone;
  section.read(kMethod, method);
  section.finish();
  if (method == kNone) return std::nullopt;
  try {
    s.method = parse_fine_tune_method(method);
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_data, where, ": ", error.what(), ", or none");
  }
  return s;
}

// Settings that the method does not use are left out.
std::string key_of(const std::string& model, const FineTuneSettings& s) {
  Json key = {{"model", model},
              {kMethod, fine_tune_method_name(s.method)},
              {"learning_rate", s.learning_rate.value_or(default_learning_rate(s.method))},
              {"epochs", s.epochs},
              {"label_smoothing", s.label_smoothing},
              {"captions_per_image", s.captions_per_image},
              {"interpolation", s.interpolate},
              {"seed", s.seed}};
  if (s.method == FineTuneMethod::adapter) return json_text(key);
  key["optimizer"] = Json{s.batch_size,    s.weight_decay,   s.warmup_share, s.layer_decay,
                          s.average_decay, s.hard_negatives, s.chunk,        s.checkpointing,
                          s.bf16,          s.patience,       s.augment};
  if (s.method == FineTuneMethod::lora) {
    const LowRankSettings& r = s.low_rank;
    key["low_rank"] = Json{r.rank, r.alpha, r.last_layers, r.image_tower, r.text_tower, r.targets};
  }
  if (s.method == FineTuneMethod::prompt) key["prompt_length"] = s.prompt_length;
  return json_text(key);
}

// The keys of retrieval, or those of fine-tuning.
json keys_of(const std::string& configuration, bool training) {
  const json all = parse_json(configuration, configuration);
  json out = json::object();
  for (const auto& [key, value] : all.items())
    if (is_training_key(key) == training) out[key] = value;
  return out;
}

}  // namespace

bool is_training_key(const std::string& key) {
  return std::ranges::find(kTrainingKeys, key) != std::end(kTrainingKeys);
}

TrialSettings parse_trial_settings(const std::string& configuration) {
  TrialSettings out;
  out.retrieval = parse_configuration(keys_of(configuration, false).dump(), configuration);
  if (out.retrieval.model.empty()) {
    throw Error(ErrorCode::invalid_argument, "the configuration ", configuration,
                " has no 'model', expected the model to start from");
  }
  out.training =
      read_training(keys_of(configuration, true), "configuration '" + configuration + "'");
  if (out.training) out.training_key = key_of(out.retrieval.model, *out.training);
  return out;
}

std::string with_model(const std::string& configuration, const std::string& model) {
  json out = keys_of(configuration, false);
  out["model"] = model;
  return out.dump();
}

bool plan_trains(const TuningPlan& plan) {
  const json defaults = json::parse(plan.defaults);
  return std::ranges::any_of(plan.parameters, is_training_key, &TuningParameter::name) ||
         !keys_of(defaults.dump(), true).empty();
}

}  // namespace sightline
