// What measuring needs of a model beyond its public face.
#pragma once

#include <sightline/model.h>

#include <functional>
#include <memory>

#include "ops/ops.h"

namespace sightline {

struct ModelAccess {
  // Puts wrap(ops) in the place of the model's operations; it must pass them on. The weights stay.
  static void wrap_ops(Model& model, const std::function<std::unique_ptr<Ops>(std::unique_ptr<Ops>)>& wrap);
};

}  // namespace sightline
