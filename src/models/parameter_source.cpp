#include "models/parameter_source.h"

#include <sightline/error.h>

namespace sightline {

FileTensor ParameterSource::locate(const std::string& name, const Shape&) const {
  throw Error(ErrorCode::internal, "the tensor '", name, "' comes from no file");
}

void CheckpointSource::finish() const {
  constexpr int kNamed = 5;
  std::string names;
  int extra = 0;
  for (const auto& [name, entry] : checkpoint_.entries()) {
    if (used_.contains(name) || ignored_.contains(name)) continue;
    if (extra++ < kNamed)
      names += (names.empty() ? "'" : ", '") + name + "' " + shape_text(entry->shape);
  }
  if (extra == 0) return;
  if (extra > kNamed) names += " and " + std::to_string(extra - kNamed) + " more";
  throw Error(ErrorCode::invalid_data, "the weights in '", checkpoint_.where(), "' have ",
              (extra == 1 ? "a tensor" : std::to_string(extra) + " tensors"),
              " that this model does not have: ", names);
}

Tensor TranslatedSource::take(const std::string& name, const Shape& shape) {
  const FileTensor found = find_(name, shape);
  if (found.part == FileTensor::Part::rows) {
    return file_.take_rows(found.name, found.shape, found.begin, shape[0]);
  }
  Tensor tensor = file_.take(found.name, found.shape);
  if (found.part == FileTensor::Part::whole) {
    return found.shape == shape ? tensor : tensor.reshape(shape);
  }
  Tensor turned(shape, DType::f32);
  const int64_t rows = shape[0], columns = shape[1];
  const float* in = tensor.data<float>();
  float* out = turned.data<float>();
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t k = 0; k < columns; ++k) out[i * columns + k] = in[k * rows + i];
  }
  return turned;
}

void TranslatedSource::check(const std::string& name, const Shape& shape) {
  const FileTensor found = find_(name, shape);
  file_.check(found.name, found.shape);
}

}  // namespace sightline
