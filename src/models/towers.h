// The interface that every model family implements for the encoder, and the registry of families.
#pragma once

#include <sightline/model.h>

#include <any>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/model_source.h"
#include "models/packed_patches.h"
#include "models/packed_tokens.h"
#include "ops/ops.h"

namespace sightline {

// Towers are immutable once built: encode may be called from several threads at once.
class ImageTower {
 public:
  virtual ~ImageTower() = default;
  // pixels (B, 3, S, S) -> (B, D)
  virtual Tensor encode(Ops& ops, const Tensor& pixels) const = 0;
  // The same, but the tower may release or overwrite pixels once they have been read.
  virtual Tensor consume(Ops& ops, Tensor pixels) const { return encode(ops, pixels); }
  // Images of different sizes -> (B, D). Throws internal unless LoadedModel::variable_size.
  virtual Tensor encode_patches(Ops& ops, const PackedPatches& images) const;
};

class TextTower {
 public:
  virtual ~TextTower() = default;
  // ids (R) i32: the concatenated ids of the texts (pack_tokens) -> (B, D)
  virtual Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const = 0;
  // The padding that pack_tokens must apply. Nothing: texts keep their own lengths.
  virtual std::optional<TextPadding> padding() const { return std::nullopt; }
};

struct LoadedModel {
  // Null: the model has none, or `options` did not ask for it.
  std::unique_ptr<ImageTower> image;
  std::unique_ptr<TextTower> text;
  // All of ModelInfo but `name`, `layout`, `fingerprint` and the source's warnings.
  ModelInfo info;
  // Whether the image tower takes images of different sizes (encode_patches), and any S that is a
  // multiple of the patch size.
  bool variable_size = false;
  int64_t vocab_size = 0;
  // The config's end token, which must be the tokenizer's (or its largest id). Nothing: the config
  // has none.
  std::optional<int64_t> eos_token_id;
};

// A model_type of transformers' config.json whose models are of a family.
struct HuggingfaceType {
  const char* model_type;  // as model_type() returns it: "\"clip\""
  // The family's config from the text of config.json; `name` is its path for messages.
  std::any (*parse)(const std::string& json, const std::string& name);
  // The checkpoint under the names that the family's towers ask for.
  std::unique_ptr<ParameterSource> (*parameters)(const Checkpoint& checkpoint);
  bool has_image, has_text;
};

struct ModelFamily {
  const char* name;
  // Builds the towers that `options` asks for from source.parameters; names and shapes of both are
  // checked.
  LoadedModel (*load)(const ModelSource& source, Ops& ops, const ModelOptions& options);
  // The types of transformers' directories that hold this family.
  std::vector<HuggingfaceType> huggingface = {};
};

// All families. Adding a model: its file, and one line here (docs/add_a_model.md).
std::span<const ModelFamily> model_families();

// The towers of a source, by its family. Throws what the family's load throws, and internal where a
// layout names an unknown family.
LoadedModel load_towers(const ModelSource& source, Ops& ops, const ModelOptions& options);

}  // namespace sightline
