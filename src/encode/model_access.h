// What the library itself needs of a model beyond its public face.
#pragma once

#include <sightline/model.h>

#include <functional>
#include <memory>

#include "ops/ops.h"

namespace sightline {

struct ModelAccess {
  // Model::encode_pixels of host pixels (B, 3, S, S), which may be written over: they are given up
  // with the last handle, so that the tower can use their memory.
  static Matrix encode_pixels(const Model& model, Tensor pixels);
  // Puts wrap(ops) in the place of the model's operations; it must pass them on. The weights stay.
  static void wrap_ops(Model& model,
                       const std::function<std::unique_ptr<Ops>(std::unique_ptr<Ops>)>& wrap);
};

}  // namespace sightline
