#include "train/recipe.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/hash.h"
#include "train/recipe_section.h"

namespace sightline {
namespace {

using nlohmann::json;

void read_augmentation(RecipeSection s, Augmentation& a) {
  s.read("zoom", a.zoom, 0, 0.9);
  s.read("shift", a.shift, 0, 1);
  s.read("rotate_deg", a.rotate_deg, 0, 180);
  s.read("colour", a.colour, 0, 1);
  s.read("flip", a.flip, 0, 1);
  s.finish();
}

void read_captions(RecipeSection s, CaptionMix& mix) {
  s.read("caption", mix.caption, 0, 1);
  s.read("keywords", mix.keywords, 0, 1);
  s.read("both", mix.both, 0, 1);
  s.finish();
}

void read_optimizer(RecipeSection s, Recipe& r) {
  s.read("learning_rate", r.learning_rate, 1e-9, 10);
  s.read("weight_decay", r.weight_decay, 0, 10);
  s.read("beta1", r.beta1, 0, 0.9999);
  s.read("beta2", r.beta2, 0, 0.99999);
  s.read("eps", r.adam_eps, 1e-12, 1);
  s.read("warmup_steps", r.warmup_steps, 0, 1e9);
  s.read("final_learning_rate", r.final_learning_rate, 0, 1);
  s.read("clip_gradient_norm", r.clip_gradient_norm, 1e-6, 1e6);
  s.finish();
}

}  // namespace

std::string Recipe::fingerprint() const {
  return to_hex(Sha256().update(text).digest());
}

Recipe read_recipe(const std::filesystem::path& path) {
  Recipe recipe;
  recipe.text = read_text_file(path, 1 << 20);
  const json root = parse_json(recipe.text, path.string());
  RecipeSection top(root, "recipe '" + path.string() + "'");
  std::string about;
  top.read("about", about);
  top.read("dataset", recipe.dataset);
  top.read("train_split", recipe.train_split);
  top.read("evaluate_splits", recipe.evaluate_splits);
  top.read("evaluate_every_epochs", recipe.evaluate_every_epochs, 1, 1e6);
  top.read("keywords_column", recipe.keywords_column);
  top.read("label_column", recipe.label_column);
  std::string orientation = "upright";
  top.read("orientation", orientation);
  if (orientation != "upright" && orientation != "stored")
    top.fail("orientation", "\"upright\" or \"stored\"");
  if (orientation == "stored") recipe.orientation = OrientationProfile::stored;
  top.read("initial_weights", recipe.initial_weights);
  top.read("frozen", recipe.frozen);
  top.read("epochs", recipe.epochs, 1, 1e6);
  top.read("batch_size", recipe.batch_size, 2, 65536);
  top.read("seed", recipe.seed, 0, 9e15);
  top.read("max_logit_scale", recipe.max_logit_scale, 1, 1e4);
  top.read("label_smoothing", recipe.label_smoothing, 0, 0.9);
  top.read("masked_share", recipe.masked_share, 0.01, 0.9);
  read_optimizer(top.child("optimizer"), recipe);
  read_augmentation(top.child("augmentation"), recipe.augmentation);
  read_captions(top.child("captions"), recipe.captions);
  RecipeSection tokenizer = top.child("tokenizer");
  tokenizer.read("vocab_size", recipe.tokenizer_vocab_size, 514, 1 << 20);
  tokenizer.read("min_frequency", recipe.tokenizer_min_frequency, 1, 1e9);
  tokenizer.finish();
  const json* model = top.find("model");
  if (model == nullptr) {
    throw Error(
        ErrorCode::invalid_data,
        "recipe '" + path.string() + "' has no 'model': expected the sizes as in config.json");
  }
  recipe.model = parse_recipe_model(*model, path.string() + " model");
  std::string task = task_of(recipe.model);
  top.read("task", task);
  if (task != task_of(recipe.model))
    top.fail("task",
             std::string("\"") + task_of(recipe.model) + "\", which this model is trained by");
  if (std::holds_alternative<ResnetConfig>(recipe.model)) {
    if (recipe.label_column.empty()) recipe.label_column = "subgroup";
  } else if (!recipe.label_column.empty()) {
    top.fail("label_column", "no such key for a model that learns no labels");
  }
  top.finish();
  return recipe;
}

}  // namespace sightline
