// Where a model's weights come from while it is built: a checkpoint, or an initialiser for
// training. A model asks for every weight once, by name and shape.
#pragma once

#include <functional>
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
  // Rows begin to begin + count of a tensor of that shape.
  Tensor take_rows(const std::string& name, const Shape& shape, int64_t begin, int64_t count) {
    used_.insert(name);
    return checkpoint_.load_rows(name, shape, begin, count);
  }
  // A buffer that older files carry and no tower needs.
  void ignore(const std::string& name) { used_.insert(name); }
  void finish() const override;

 private:
  const Checkpoint& checkpoint_;
  std::set<std::string> used_;
};

// A wanted tensor in a file that has other names.
struct FileTensor {
  enum class Part { whole, transposed, rows };
  std::string name;
  Shape shape;              // in the file, of the whole tensor
  Part part = Part::whole;  // transposed: of rank 2.  rows: a slice of the first axis
  int64_t begin = 0;        // of the rows; how many of them the wanted shape says
};

// Reads a checkpoint whose tensors have other names or are kept in another way than the towers ask
// for: `find` says where a wanted tensor is.
class TranslatedSource : public ParameterSource {
 public:
  using Find = std::function<FileTensor(const std::string& name, const Shape& shape)>;

  TranslatedSource(const Checkpoint& checkpoint, Find find)
      : file_(checkpoint), find_(std::move(find)) {}
  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string& name, const Shape& shape) override;
  // By the file's name.
  void ignore(const std::string& name) { file_.ignore(name); }
  void finish() const override { file_.finish(); }

 private:
  CheckpointSource file_;
  Find find_;
};

}  // namespace sightline
