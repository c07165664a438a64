// Access to a model for other modules of the library.
#pragma once

#include <sightline/model.h>

#include <functional>
#include <memory>

#include "ops/ops.h"

namespace sightline {

struct ModelAccess {
  // Model::encode_pixels of host pixels (B, 3, S, S). The tower may reuse their memory, so `pixels`
  // should be the last handle.
  static Matrix encode_pixels(const Model& model, Tensor pixels);
  // Replaces the model's operations by wrap(operations), which must forward every call: the weights
  // were made by the original.
  static void wrap_ops(Model& model,
                       const std::function<std::unique_ptr<Ops>(std::unique_ptr<Ops>)>& wrap);
};

}  // namespace sightline
