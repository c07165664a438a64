// From rows to a tower's input, and from libtorch's arrays back to the host.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "train/torch/task.h"
#include "weights/safetensors.h"

namespace sightline {

// (B, 3, S, S) f32, host: images of side S, normalised with CLIP's constants.
Tensor pixel_batch(std::span<const Image> images);

// One generator for each row of a batch: of seed, epoch and row alone.
Random row_random(const Recipe& recipe, int64_t epoch, int64_t row);

// The images of some rows, varied; `draw`, where given, is called for each with the generator
// that has varied the image, from several threads, each index once.
std::vector<Image> varied_images(const TaskContext& context, std::span<const int64_t> rows,
                                 int64_t epoch, int side,
                                 const std::function<void(size_t, Random&)>& draw = {});

Tensor host_copy(const at::Tensor& array);

// Parameters and buffers of the backend, on the host, in the order in which the model asked.
std::vector<NamedTensor> host_copies(const std::vector<TorchParameter>& parameters);

}  // namespace sightline
