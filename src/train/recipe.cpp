#include "train/recipe.h"

#include <sightline/error.h>

#include <set>
#include <type_traits>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

// One object of the recipe; remembers which keys were read, so that a misspelt one is an error.
class Section {
 public:
  Section(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) throw Error(ErrorCode::invalid_data, where_ + " is not a JSON object");
  }

  template <typename T>
  void read(const char* key, T& value, double least, double most) {
    const json* found = find(key);
    if (found == nullptr) return;
    const bool good = std::is_integral_v<T> ? found->is_number_integer() : found->is_number();
    if (!good || found->get<double>() < least || found->get<double>() > most) {
      throw Error(ErrorCode::invalid_data, where_ + ": '" + key + "' is " + shown(*found) + ", expected a " +
                                               (std::is_integral_v<T> ? "whole " : "") + "number from " +
                                               shown(least) + " to " + shown(most));
    }
    value = found->get<T>();
  }

  void read(const char* key, std::string& value) {
    const json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_string()) throw Error(ErrorCode::invalid_data, where_ + ": '" + key + "' is " + shown(*found) + ", expected a string");
    value = found->get<std::string>();
  }

  void read(const char* key, std::vector<std::string>& values) {
    const json* found = find(key);
    if (found == nullptr) return;
    const std::string message = where_ + ": '" + key + "' is " + shown(*found) + ", expected a list of strings";
    if (!found->is_array()) throw Error(ErrorCode::invalid_data, message);
    for (const json& item : *found) {
      if (!item.is_string()) throw Error(ErrorCode::invalid_data, message);
      values.push_back(item.get<std::string>());
    }
  }

  // The nested object, or an empty one.
  Section child(const char* key) {
    static const json empty = json::object();
    const json* found = find(key);
    return Section(found ? *found : empty, where_ + " " + key);
  }

  const json* find(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) throw Error(ErrorCode::invalid_data, where_ + ": unknown key '" + key + "'");
    }
  }

 private:
  const json& object_;
  std::string where_;
  std::set<std::string> known_;
};

void read_augmentation(Section s, Augmentation& a) {
  s.read("zoom", a.zoom, 0, 0.9);
  s.read("shift", a.shift, 0, 1);
  s.read("rotate_deg", a.rotate_deg, 0, 180);
  s.read("colour", a.colour, 0, 1);
  s.read("flip", a.flip, 0, 1);
  s.finish();
}

void read_captions(Section s, CaptionMix& mix) {
  s.read("caption", mix.caption, 0, 1);
  s.read("keywords", mix.keywords, 0, 1);
  s.read("both", mix.both, 0, 1);
  s.finish();
}

void read_optimizer(Section s, Recipe& r) {
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
  Section top(root, "recipe '" + path.string() + "'");
  std::string about;
  top.read("about", about);
  top.read("dataset", recipe.dataset);
  top.read("train_split", recipe.train_split);
  top.read("evaluate_splits", recipe.evaluate_splits);
  top.read("evaluate_every_epochs", recipe.evaluate_every_epochs, 1, 1e6);
  top.read("keywords_column", recipe.keywords_column);
  top.read("epochs", recipe.epochs, 1, 1e6);
  top.read("batch_size", recipe.batch_size, 2, 65536);
  top.read("seed", recipe.seed, 0, 9e15);
  top.read("max_logit_scale", recipe.max_logit_scale, 1, 1e4);
  top.read("label_smoothing", recipe.label_smoothing, 0, 0.9);
  read_optimizer(top.child("optimizer"), recipe);
  read_augmentation(top.child("augmentation"), recipe.augmentation);
  read_captions(top.child("captions"), recipe.captions);
  Section tokenizer = top.child("tokenizer");
  tokenizer.read("vocab_size", recipe.tokenizer_vocab_size, 514, 1 << 20);
  tokenizer.read("min_frequency", recipe.tokenizer_min_frequency, 1, 1e9);
  tokenizer.finish();
  // The model's sizes are a transformers config.json.
  if (const json* model = top.find("model")) {
    recipe.model = parse_clip_config(model->dump(), path.string() + " model");
  } else {
    throw Error(ErrorCode::invalid_data, "recipe '" + path.string() + "' has no 'model': expected the sizes as in config.json");
  }
  top.finish();
  return recipe;
}

}  // namespace sightline
