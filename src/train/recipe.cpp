#include "train/recipe.h"

#include <sightline/error.h>
#include <sightline/hub.h>
#include <sightline/model.h>

#include <algorithm>

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
  s.read("grey", a.grey, 0, 1);
  s.read("cutout", a.cutout, 0, 1);
  std::string border = "edge";
  s.read("border", border);
  if (border != "edge" && border != "white") s.fail("border", "\"edge\" or \"white\"");
  a.white_border = border == "white";
  s.finish();
}

void read_captions(RecipeSection s, CaptionMix& mix) {
  s.read("caption", mix.caption, 0, 1);
  s.read("keywords", mix.keywords, 0, 1);
  s.read("both", mix.both, 0, 1);
  s.read("all", mix.all, 0, 1);
  s.read("phrase", mix.phrase, 0, 1);
  s.read("phrases", mix.phrases);
  for (const std::string& phrase : mix.phrases) {
    const size_t place = phrase.find("{}");
    if (place == phrase.npos || phrase.find("{}", place + 2) != phrase.npos)
      s.fail("phrases", "texts with one \"{}\", such as \"a picture of {}\"");
  }
  if (mix.phrase > 0 && mix.phrases.empty()) s.fail("phrase", "0 without 'phrases'");
  s.read("mean", mix.mean, 0, 1);
  s.read("per_image", mix.per_image, 1, 64);
  s.read("variants", mix.variants, 1, 10000);
  s.finish();
}

void read_pair_loss(RecipeSection s, PairLoss& loss) {
  s.read("soft_share", loss.soft_share, 0, 1);
  s.read("soft_temperature", loss.soft_temperature, 1e-3, 10);
  s.read("bank_weight", loss.bank_weight, 0, 100);
  s.read("bank_size", loss.bank_size, 1, 1 << 20);
  s.finish();
}

// Keys that only the training of a pair reads, or only that with a locked text tower.
void require_pair_keys(RecipeSection& top, const Recipe& r) {
  const auto* pair = std::get_if<PairModel>(&r.model);
  const CaptionMix& mix = r.captions;
  if (pair == nullptr && top.find("pair_loss") != nullptr)
    top.fail("pair_loss", "no such key for a model other than a pair");
  const bool published = std::holds_alternative<PublishedModel>(r.model);
  if (pair == nullptr && (mix.mean > 0 || (mix.per_image > 1 && !published)))
    top.fail("captions", "no 'mean' and no 'per_image' for a model other than a pair");
  for (const char* key : {"chunk", "checkpointing", "hard_negatives", "bf16"}) {
    if (!published && top.find(key) != nullptr)
      top.fail(key, "no such key for a model that is not published");
  }
  if (published && top.find("tokenizer") != nullptr)
    top.fail("tokenizer", "no such key for a published model, which has one");
  if (published && !r.initial_weights.empty())
    top.fail("initial_weights",
             "no such key for a published model, whose weights are those of 'from'");
  for (const char* key : {"label_smoothing", "masked_share", "tokenizer"}) {
    if (pair != nullptr && top.find(key) != nullptr) top.fail(key, "no such key for a pair");
  }
  const bool repeats = std::ranges::any_of(
      r.datasets, [](const RecipeDataset& dataset) { return dataset.weight > 1; });
  if (repeats && (published || std::holds_alternative<ClipConfig>(r.model)))
    top.fail("datasets", "weights of at most 1 for a CLIP, whose batches must not repeat a row");
  if (pair != nullptr && !pair->image.from.empty() && !r.initial_weights.empty())
    top.fail("initial_weights", "no such key for a pair whose 'image' has 'from'");
  const bool locked = pair != nullptr && pair->text_locked;
  if (!locked && mix.mean > 0) top.fail("captions", "no 'mean' unless the text tower is locked");
  if (!locked && r.pair_loss.bank_weight > 0)
    top.fail("pair_loss", "no 'bank_weight' unless the text tower is locked");
}

// The keys of one data set: of the recipe itself, or of a member of its `datasets`.
void read_dataset(RecipeSection& s, RecipeDataset& dataset) {
  s.read("dataset", dataset.path);
  if (const auto splits = s.read_one_or_more("train_split")) {
    if (splits->size() > 1 && std::ranges::count(*splits, "") > 0)
      s.fail("train_split", "no empty name in a list of splits");
    dataset.train_split.clear();
    for (const std::string& split : *splits)
      dataset.train_split += (dataset.train_split.empty() ? "" : ",") + split;
  }
  s.read("evaluate_splits", dataset.evaluate_splits);
}

void read_datasets(RecipeSection& top, Recipe& recipe) {
  const json* list = top.find("datasets");
  if (list == nullptr) {
    read_dataset(top, recipe.datasets.front());
    return;
  }
  if (!list->is_array() || list->empty()) top.fail("datasets", "a list of data sets");
  recipe.datasets.clear();
  for (const json& item : *list) {
    RecipeSection section(item, top.where() + " datasets");
    RecipeDataset dataset;
    read_dataset(section, dataset);
    if (dataset.path.empty()) {
      throw Error(ErrorCode::invalid_data, section.where(),
                  ": no 'dataset' in a member of 'datasets', expected a path");
    }
    section.read("weight", dataset.weight, 0.01, 100);
    section.finish();
    recipe.datasets.push_back(std::move(dataset));
  }
}

void read_exclude_subjects(RecipeSection& top, Recipe& recipe) {
  const json* list = top.find("exclude_subjects");
  if (list == nullptr) return;
  if (!list->is_array())
    top.fail("exclude_subjects", "a list of objects with 'dataset' and 'split'");
  for (const json& item : *list) {
    RecipeSection section(item, top.where() + " exclude_subjects");
    SubjectsOfSplit subjects;
    section.read("dataset", subjects.dataset);
    section.read("split", subjects.split);
    section.finish();
    if (subjects.dataset.empty() || subjects.split.empty())
      top.fail("exclude_subjects", "a list of objects with 'dataset' and 'split'");
    recipe.exclude_subjects.push_back(std::move(subjects));
  }
}

void read_optimizer(RecipeSection s, Recipe& r) {
  s.read("learning_rate", r.learning_rate, 0, 10);
  s.read("weight_decay", r.weight_decay, 0, 10);
  s.read("beta1", r.beta1, 0, 0.9999);
  s.read("beta2", r.beta2, 0, 0.99999);
  s.read("eps", r.adam_eps, 1e-12, 1);
  s.read("warmup_steps", r.warmup_steps, 0, 1e9);
  s.read("final_learning_rate", r.final_learning_rate, 0, 1);
  s.read("clip_gradient_norm", r.clip_gradient_norm, 1e-6, 1e6);
  s.finish();
}

void resolve_published(PublishedModel& published) {
  published.from = resolve_model(published.from, hub_settings());
  const Model model =
      Model::load(published.from, {.load_image_tower = false, .load_text_tower = false});
  if (!model.info().has_image || !model.info().has_text) {
    throw Error(ErrorCode::unsupported, "the model '", published.from,
                "' cannot be fine-tuned: expected an image tower and a text tower");
  }
  published.image_size = model.info().image_size;
  published.preprocess = model.preprocess();
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
  read_datasets(top, recipe);
  top.read("evaluate_every_epochs", recipe.evaluate_every_epochs, 1, 1e6);
  read_exclude_subjects(top, recipe);
  if (auto columns = top.read_one_or_more("keywords_column"))
    recipe.keywords_columns = std::move(*columns);
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
  top.read("average_decay", recipe.average_decay, 0, 0.99999);
  top.read("patience", recipe.patience, 0, 1e6);
  top.read("chunk", recipe.chunk, 0, 65536);
  top.read("checkpointing", recipe.checkpointing);
  top.read("hard_negatives", recipe.hard_negatives, 0, 65535);
  if (recipe.hard_negatives >= recipe.batch_size)
    top.fail("hard_negatives", "less than 'batch_size'");
  top.read("bf16", recipe.bf16);
  read_optimizer(top.child("optimizer"), recipe);
  read_augmentation(top.child("augmentation"), recipe.augmentation);
  read_captions(top.child("captions"), recipe.captions);
  read_pair_loss(top.child("pair_loss"), recipe.pair_loss);
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
  require_pair_keys(top, recipe);
  top.finish();
  return recipe;
}

void resolve_models(Recipe& recipe) {
  if (auto* published = std::get_if<PublishedModel>(&recipe.model)) {
    resolve_published(*published);
    return;
  }
  auto* pair = std::get_if<PairModel>(&recipe.model);
  if (pair == nullptr) return;
  for (const auto& [role, model] :
       {std::pair{"text", &pair->text}, std::pair{"image", &pair->image.from}}) {
    std::error_code ignored;
    if (model->empty() || std::filesystem::exists(*model, ignored)) continue;
    try {
      *model = resolve_model(*model, hub_settings());
    } catch (const Error& error) {
      throw Error(error.code(), "the recipe's ", role, " model: ", error.what());
    }
  }
}

}  // namespace sightline
