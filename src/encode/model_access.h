// Access to a model for other modules of the library.
#pragma once

#include <sightline/model.h>

#include <functional>
#include <memory>

#include "models/packed_patches.h"
#include "ops/ops.h"

namespace sightline {

struct ModelAccess {
  // Model::encode_pixels of host pixels (B, 3, S, S). The tower may reuse their memory, so `pixels`
  // should be the last handle.
  static Matrix encode_pixels(const Model& model, Tensor pixels);
  // Images of different sizes, of a model whose preprocess().variable_size().
  static Matrix encode_patches(const Model& model, const PackedPatches& images);
  // Model::encode_tokens, which calls after_batch(encoded texts) after each batch of about 1,000
  // tokens. What it throws ends the work.
  static Matrix encode_tokens(const Model& model, std::span<const TokenIds> texts,
                              const std::function<void(int64_t)>& after_batch);
  // Replaces the model's operations by wrap(operations), which must forward every call: the weights
  // were made by the original.
  static void wrap_ops(Model& model,
                       const std::function<std::unique_ptr<Ops>(std::unique_ptr<Ops>)>& wrap);
};

}  // namespace sightline
