// What every model family offers to the encoder, and the registry of families.
#pragma once

#include <sightline/model.h>

#include <filesystem>
#include <memory>
#include <span>

#include "ops/ops.h"
#include "weights/checkpoint.h"

namespace sightline {

class ImageTower {
 public:
  virtual ~ImageTower() = default;
  // pixels (B, 3, S, S) -> (B, D)
  virtual Tensor encode(Ops& ops, const Tensor& pixels) const = 0;
};

class TextTower {
 public:
  virtual ~TextTower() = default;
  // ids (B, T) i32, end[b] the position of row b's last token: what stands after it is padding and
  // changes nothing  -> (B, D)
  virtual Tensor encode(Ops& ops, const Tensor& ids, std::span<const int32_t> end) const = 0;
};

struct LoadedModel {
  // Null: the model has none, or `options` did not ask for it.
  std::unique_ptr<ImageTower> image;
  std::unique_ptr<TextTower> text;
  // Everything of ModelInfo but `name` and `fingerprint`.
  ModelInfo info;
  int64_t vocab_size = 0;
  int64_t eos_token_id = 0;  // of the config; the tokenizer's end id must be it (or the largest id)
};

struct ModelFamily {
  const char* name;
  // Whether the directory's files say that they are of this family.
  bool (*matches)(const std::filesystem::path& directory);
  // Builds the towers that `options` asks for; names and shapes of both are checked.
  LoadedModel (*load)(const std::filesystem::path& directory, const Checkpoint& checkpoint, Ops& ops,
                      const ModelOptions& options);
};

// All families, in the order in which they are tried. Adding a model: its file, and one line here
// (docs/add_a_model.md).
std::span<const ModelFamily> model_families();

// The family of a directory. Throws not_found (no such directory), and
// unsupported where no family takes it; a directory without config.json is such a one.
const ModelFamily& find_family(const std::filesystem::path& directory);

}  // namespace sightline
