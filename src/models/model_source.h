// A model as its files describe it, before anything is built: which layout the files have, which
// family the model is of, its config, and where weights, preprocessing and tokenizer come from.
#pragma once

#include <sightline/image.h>
#include <sightline/tokenizer.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/bert_config.h"
#include "models/clip_config.h"
#include "models/parameter_source.h"
#include "models/resnet_config.h"
#include "weights/checkpoint.h"

namespace sightline {

struct ModelSource;

// Two models, of which one gives the text tower and the other the image tower.
struct PairConfig {
  std::shared_ptr<const ModelSource> text, image;
  uint64_t seed = 0;       // of the untrained linear layer between them
  bool projection = true;  // false: there is none
};

// One alternative a kind of architecture; the family says more where one config serves several.
using ModelConfig = std::variant<ClipConfig, BertConfig, ResnetConfig, PairConfig>;

struct ModelSource {
  std::filesystem::path path;  // as it was given: a directory or a single file
  std::string layout;          // "huggingface"
  std::string family;          // "clip_vit": an entry of model_families()
  ModelConfig config;
  std::shared_ptr<const Checkpoint> checkpoint;  // null for a model made of others
  // The checkpoint under the names that the family's towers ask for (docs/add_a_model.md), whatever
  // the files call them. Strict: a missing, misshaped or, in finish(), unused tensor is an error.
  std::unique_ptr<ParameterSource> parameters;
  // How images are prepared; throws where the files do not say it. Empty: no image tower.
  std::function<PreprocessSpec()> preprocess;
  // The tokenizer for texts of at most so many ids; throws where its files are missing or wrong.
  // Empty: no text tower.
  std::function<std::unique_ptr<Tokenizer>(int context_length)> tokenizer;
  // What decides a vector's meaning beside weights and tokenizer, as (what, content), for the
  // fingerprint.
  std::vector<std::pair<std::string, std::string>> facts;
  // The models that this one is made of.
  std::vector<std::shared_ptr<const ModelSource>> parts;
  // What a person should know who loads this model: one sentence each.
  std::vector<std::string> warnings;

  // The config as `T`. Throws internal where the layout and the family do not fit together.
  template <typename T>
  const T& config_as() const;
};

// A way of keeping a model in files.
struct ModelLayout {
  const char* name;
  // Whether the files at `path` are kept this way. Cheap; false for a foreign path. Throws what
  // reading a small file throws (a config.json that is no JSON).
  bool (*matches)(const std::filesystem::path& path);
  // Reads the config and opens the weights. Throws Error: not_found, invalid_data, unsupported.
  // Null where `matches` never holds.
  ModelSource (*open)(const std::filesystem::path& path);

  // For a model that is given as a single file of weights, which is open already: whether its
  // tensors' names (and perhaps the files beside it) are this layout's, and the model. Null: it is
  // never one file.
  bool (*matches_file)(const std::filesystem::path& file, const Checkpoint& weights) = nullptr;
  ModelSource (*open_file)(const std::filesystem::path& file,
                           std::shared_ptr<const Checkpoint> weights) = nullptr;
};

// All layouts, in the order in which they are tried.
std::span<const ModelLayout> model_layouts();

// The model at `path`: a directory, a file of weights, a directory with just one such file that
// needs no config (OpenAI's .pt), or a pair's spec (pair_spec.h). Throws not_found (nothing there),
// unsupported (no layout takes it: the message says what was looked for and what was found), and
// what the layout throws.
ModelSource open_model(const std::filesystem::path& path);

// Whether there is a model at `path`, as far as the names of files tell: a file of weights, or a
// directory that a layout takes. Throws nothing.
bool looks_like_model(const std::filesystem::path& path);

[[noreturn]] void throw_wrong_config(const ModelSource& source);

template <typename T>
const T& ModelSource::config_as() const {
  const T* found = std::get_if<T>(&config);
  if (found == nullptr) throw_wrong_config(*this);
  return *found;
}

}  // namespace sightline
