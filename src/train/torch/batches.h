// Converts rows to a tower's input, and libtorch's arrays to host tensors.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "train/torch/task.h"
#include "weights/safetensors.h"

namespace sightline {

// (B, 3, S, S) f32, host: images of side S, normalised with the mean and the standard deviation of
// `pixels` (the default has CLIP's).
Tensor pixel_batch(std::span<const Image> images, const PreprocessSpec& pixels = {});

// The generator of a row: a function of seed, epoch and row.
Random row_random(const Recipe& recipe, int64_t epoch, int64_t row);

// The augmented images of some rows. `draw`, where given, is called once for each index, with the
// generator that augmented the image, from several threads.
std::vector<Image> augmented_images(const TaskContext& context, std::span<const int64_t> rows,
                                    int64_t epoch, int side,
                                    const std::function<void(size_t, Random&)>& draw = {});

// The images of some rows, as they are in the store.
std::vector<Image> stored_images(const ImageStore& store, std::span<const TrainingRow> rows);

Tensor host_copy(const at::Tensor& array);

// Parameters and buffers of the backend, on the host, in the order in which the model requested
// them.
std::vector<NamedTensor> host_copies(const std::vector<TorchParameter>& parameters);

}  // namespace sightline
