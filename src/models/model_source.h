// A model as its files describe it, before anything is built: layout and family, config, and the
// sources of weights, preprocessing and tokenizer.
#pragma once

#include <sightline/image.h>
#include <sightline/tokenizer.h>

#include <any>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/embedding_head.h"
#include "models/parameter_source.h"
#include "weights/checkpoint.h"

namespace sightline {

struct ModelSource {
  std::filesystem::path path;                    // as it was given: a directory or a single file
  std::string layout;                            // "huggingface"
  std::string family;                            // "clip_vit": an entry of model_families()
  std::any config;                               // of the family's own type: ClipConfig
  std::shared_ptr<const Checkpoint> checkpoint;  // null for a model made of others
  // The checkpoint under the names that the family's towers ask for (docs/add_a_model.md). Strict:
  // a missing, misshaped or, in finish(), unused tensor is an error.
  std::unique_ptr<ParameterSource> parameters;
  // The preprocessing of images; throws where the files do not say it. Empty: no image tower.
  std::function<PreprocessSpec()> preprocess;
  // The tokenizer for texts of at most context_length ids; throws where its files are missing or
  // wrong. Empty: no text tower.
  std::function<std::unique_ptr<Tokenizer>(int context_length)> tokenizer;
  // The token that pads texts, for a tower that pads them; empty: the tower's own.
  std::string pad_token;
  // Layers after the towers, and the length of texts, where the files add them to the family's.
  std::optional<EmbeddingHead> head;
  // CheckpointScan::digest of the weights, hex, which loading checks; empty: any.
  std::string expected_digest;
  // What else decides a vector, as (what, content): inputs of the fingerprint beside weights and
  // tokenizer.
  std::vector<std::pair<std::string, std::string>> facts;
  // The models that a pair consists of.
  std::vector<std::shared_ptr<const ModelSource>> parts;
  // Weights that are added to the checkpoint's while they are read, in this order.
  std::vector<std::shared_ptr<const Checkpoint>> adapters;
  // Doubts about the files that a user should see, one sentence each.
  std::vector<std::string> warnings;

  // The config as `T`. Throws internal where the layout and the family do not fit together.
  template <typename T>
  const T& config_as() const;
};

// A checkpoint layout: which files a model consists of, and how they name its tensors.
struct ModelLayout {
  const char* name;
  // Whether the files at `path` have this layout. Cheap. Throws what reading a small file throws (a
  // config.json that is not JSON).
  bool (*matches)(const std::filesystem::path& path);
  // Reads the config and opens the weights. Throws Error: not_found, invalid_data, unsupported.
  // Null where `matches` never holds.
  ModelSource (*open)(const std::filesystem::path& path);

  // For a single file of weights, already open: whether its tensor names (and perhaps other files
  // in its directory) are this layout's, and the model. Null: the layout is never one file.
  bool (*matches_file)(const std::filesystem::path& file, const Checkpoint& weights) = nullptr;
  ModelSource (*open_file)(const std::filesystem::path& file,
                           std::shared_ptr<const Checkpoint> weights) = nullptr;
};

// All layouts, in the order in which they are tried.
std::span<const ModelLayout> model_layouts();

// The model at `path`: a directory, a file of weights, a directory with just one such file that
// needs no config (OpenAI's .pt), a pair's spec (pair_spec.h), or "MODEL+ADAPTER"
// (adapted_model.h). Throws not_found (nothing there),
// unsupported (no layout matches: the message says what was expected and found), and what the
// layout throws.
ModelSource open_model(const std::filesystem::path& path);

// Whether there is a model at `path`, judged by file names alone. Throws nothing.
bool looks_like_model(const std::filesystem::path& path);

[[noreturn]] void throw_wrong_config(const ModelSource& source);

template <typename T>
const T& ModelSource::config_as() const {
  const T* found = std::any_cast<T>(&config);
  if (found == nullptr) throw_wrong_config(*this);
  return *found;
}

}  // namespace sightline
