// What every model family offers to the encoder, and the registry of families.
#pragma once

#include <sightline/model.h>

#include <memory>
#include <optional>
#include <span>

#include "models/model_source.h"
#include "ops/ops.h"

namespace sightline {

class ImageTower {
 public:
  virtual ~ImageTower() = default;
  // pixels (B, 3, S, S) -> (B, D)
  virtual Tensor encode(Ops& ops, const Tensor& pixels) const = 0;
  // The same, but the tower may let pixels go, or write over them, once they have been read.
  virtual Tensor consume(Ops& ops, Tensor pixels) const { return encode(ops, pixels); }
};

class TextTower {
 public:
  virtual ~TextTower() = default;
  // ids (R) i32: the texts' ids one after the other, each to its end token (ops/ops.h) -> (B, D)
  virtual Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const = 0;
};

struct LoadedModel {
  // Null: the model has none, or `options` did not ask for it.
  std::unique_ptr<ImageTower> image;
  std::unique_ptr<TextTower> text;
  // Everything of ModelInfo but `name`, `layout`, `fingerprint` and the source's warnings.
  ModelInfo info;
  int64_t vocab_size = 0;
  // Of the config; the tokenizer's end id must be it (or the largest id). Nothing: it does not say.
  std::optional<int64_t> eos_token_id;
};

struct ModelFamily {
  const char* name;
  // Builds the towers that `options` asks for from source.parameters; names and shapes of both are
  // checked.
  LoadedModel (*load)(const ModelSource& source, Ops& ops, const ModelOptions& options);
};

// All families. Adding a model: its file, and one line here (docs/add_a_model.md).
std::span<const ModelFamily> model_families();

// The towers of a source, by its family. Throws what the family's load throws, and internal where a
// layout names a family that there is not.
LoadedModel load_towers(const ModelSource& source, Ops& ops, const ModelOptions& options);

}  // namespace sightline
