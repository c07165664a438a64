// Where a model's weights come from while it is built: a checkpoint, or an initialiser for
// training. A model asks for every weight once, by name and shape.
#pragma once

#include <set>
#include <string>

#include "weights/checkpoint.h"

namespace sightline {

class ParameterSource {
 public:
  virtual ~ParameterSource() = default;
  // Host f32 of exactly this shape. Throws invalid_data where there is no such tensor.
  virtual Tensor take(const std::string& name, const Shape& shape) = 0;
  // The same checks without reading.
  virtual void check(const std::string& name, const Shape& shape) = 0;
  // Once a model is built: throws invalid_data that names the tensors which nobody asked for (the
  // first few of them). Where there can be none, nothing.
  virtual void finish() const {}
};

// Strict reading of a checkpoint: what is taken must be there in the right shape, and finish()
// refuses what nobody asked for.
class CheckpointSource : public ParameterSource {
 public:
  explicit CheckpointSource(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  Tensor take(const std::string& name, const Shape& shape) override {
    used_.insert(name);
    return checkpoint_.load(name, shape);
  }
  void check(const std::string& name, const Shape& shape) override {
    used_.insert(name);
    checkpoint_.check(name, shape);
  }
  // A buffer that older files carry and no tower needs.
  void ignore(const std::string& name) { used_.insert(name); }
  void finish() const override;

 private:
  const Checkpoint& checkpoint_;
  std::set<std::string> used_;
};

}  // namespace sightline
