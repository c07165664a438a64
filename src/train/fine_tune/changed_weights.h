// The tensors of a model's file that training has changed, in the names, shapes and types of the
// file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/model_source.h"

namespace sightline {

// The elements of a host f32 tensor in a float type of a file, rounded to nearest.
std::vector<uint8_t> in_type(const Tensor& tensor, const std::string& dtype);

class ChangedWeights {
 public:
  // source: has a checkpoint; outlives the object.
  explicit ChangedWeights(const ModelSource& source) : source_(source) {}

  // A parameter or running statistic of a backend, host f32, under the name that the tower asks
  // for, or that of a stacked layer. Throws internal if the checkpoint has no such tensor or one of
  // another size.
  //
  // BERT's backend has the sum of positions and first segment type: the difference to the file's
  // sum is added to the positions.
  void set(const std::string& name, const Tensor& tensor);

  // The contiguous bytes of each tensor that has a changed element, in the file's type (rounded to
  // nearest). Call once: releases the tensors. Throws invalid_data for a value outside of the
  // type's range.
  std::map<const TensorEntry*, std::vector<uint8_t>> take_bytes();

 private:
  void set_part(const std::string& name, const Tensor& tensor);
  void require_in_range(const TensorEntry* entry, const Tensor& tensor) const;
  Tensor without_segment_type(const std::string& name, const Tensor& sum) const;

  const ModelSource& source_;
  std::map<const TensorEntry*, Tensor> now_;
};

}  // namespace sightline
