// The source of a model's weights while it is built: a checkpoint, or an initializer for training.
// A model asks for every weight once, by name and shape.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "weights/checkpoint.h"

namespace sightline {

// The place of a requested tensor in a file, which may have other names.
struct FileTensor {
  enum class Part { whole, transposed, rows };
  std::string name;
  Shape shape;              // in the file, of the whole tensor
  Part part = Part::whole;  // transposed: of rank 2.  rows: a slice of the first axis
  int64_t begin = 0;        // first of the rows; the requested shape has their number
};

class ParameterSource {
 public:
  virtual ~ParameterSource() = default;
  // Host f32 of exactly this shape. Throws invalid_data where there is no such tensor.
  virtual Tensor take(const std::string& name, const Shape& shape) = 0;
  // The same checks without reading.
  virtual void check(const std::string& name, const Shape& shape) = 0;
  // Call once the model is built. Throws invalid_data with the names of the first unused tensors,
  // where there are any.
  virtual void finish() const {}
  // Whether a tensor of the checkpoint is read, or was checked for a tower that is not loaded. Call
  // once the model is built.
  virtual bool uses(const std::string& /*file_name*/) const { return true; }
  // The place in the checkpoint of the tensor that take(name, shape) reads, for writing it back.
  // Throws internal for a source that is no checkpoint.
  virtual FileTensor locate(const std::string& name, const Shape& shape) const;
  // Whether take(name) adds matrices of MODEL+ADAPTER to the checkpoint's tensor.
  virtual bool has_addition(const std::string& /*name*/) const { return false; }
};

// Reads a checkpoint strictly: every tensor must exist in the requested shape, and finish() refuses
// unused ones.
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
  // Lets finish() accept a tensor that is not read, such as a buffer of older files.
  void ignore(const std::string& name) { ignored_.insert(name); }
  void finish() const override;
  bool uses(const std::string& file_name) const override { return used_.contains(file_name); }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return {name, shape};
  }

 private:
  const Checkpoint& checkpoint_;
  std::set<std::string> used_, ignored_;
};

// Reads a checkpoint whose tensors differ from the towers' in name, orientation or fusion. `find`
// returns the place of a requested tensor.
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
  bool uses(const std::string& file_name) const override { return file_.uses(file_name); }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return find_(name, shape);
  }

 private:
  CheckpointSource file_;
  Find find_;
};

}  // namespace sightline
