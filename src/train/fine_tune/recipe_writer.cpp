#include "train/fine_tune/recipe_writer.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"

namespace sightline {
namespace {

// Runs of that many epochs or more are evaluated about so many times.
constexpr int64_t kEvaluations = 20;

Json model_of(const FineTuneOptions& options) {
  const FineTuneSettings& s = options.settings;
  Json model = {{"model_type", "published"},
                {"from", options.model.string()},
                {"method", fine_tune_method_name(s.method)},
                {"layer_decay", s.layer_decay}};
  if (s.method == FineTuneMethod::lora) {
    model["low_rank"] = {{"rank", s.low_rank.rank},
                         {"alpha", s.low_rank.alpha},
                         {"last_layers", s.low_rank.last_layers},
                         {"image_tower", s.low_rank.image_tower},
                         {"text_tower", s.low_rank.text_tower},
                         {"targets", s.low_rank.targets}};
  }
  if (s.method == FineTuneMethod::prompt) model["prompt_length"] = s.prompt_length;
  return model;
}

// Images are never mirrored: captions may say "left" or quote text.
Json augmentation_of(bool augment) {
  return {{"zoom", augment ? 0.2 : 0.0},
          {"shift", augment ? 0.05 : 0.0},
          {"rotate_deg", 0},
          {"colour", augment ? 0.1 : 0.0},
          {"flip", 0},
          {"grey", 0},
          {"cutout", 0}};
}

}  // namespace

// full, locked towers: 1e-5 is common for CLIP (Wortsman et al. 2022 use 3e-5 with batches of 512;
// Goyal et al. 2023 1e-5). lora: 1e-4 to 2e-4 (Hu et al. 2021). prompt: 2e-3 (Zhou et al. 2022).
double default_learning_rate(FineTuneMethod method) {
  switch (method) {
    case FineTuneMethod::projections:
    case FineTuneMethod::lora:
      return 1e-4;
    case FineTuneMethod::prompt:
      return 2e-3;
    case FineTuneMethod::adapter:
      return 1e-3;
    default:
      return 1e-5;
  }
}

std::string fine_tune_recipe(const FineTuneOptions& options, int64_t train_images) {
  const FineTuneSettings& s = options.settings;
  const int64_t batch = std::min(s.batch_size, train_images);
  const int64_t steps = s.epochs * (train_images / batch);
  Json recipe = {
      {"about", "fine-tuning; written by sightline train --from"},
      {"dataset", options.dataset.string()},
      {"evaluate_every_epochs", std::max<int64_t>(1, s.epochs / kEvaluations)},
      {"model", model_of(options)},
      {"epochs", s.epochs},
      {"batch_size", batch},
      {"optimizer",
       {{"learning_rate", s.learning_rate.value_or(default_learning_rate(s.method))},
        {"weight_decay", s.weight_decay},
        {"warmup_steps", std::llround(s.warmup_share * static_cast<double>(steps))}}},
      {"augmentation", augmentation_of(s.augment)},
      {"captions",
       {{"caption", 1}, {"keywords", 0}, {"both", 0}, {"per_image", s.captions_per_image}}},
      {"label_smoothing", s.label_smoothing},
      {"average_decay", s.average_decay},
      {"patience", s.patience},
      {"chunk", s.chunk},
      {"checkpointing", s.checkpointing},
      {"hard_negatives", std::min(s.hard_negatives, batch - 1)},
      {"bf16", s.bf16},
      {"seed", s.seed}};
  return recipe.dump(2) + "\n";
}

}  // namespace sightline
