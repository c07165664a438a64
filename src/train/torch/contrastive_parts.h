// Parts shared by the tasks that contrast images and texts: vectors of batches, and the learned
// factor before the softmax.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/towers.h"
#include "train/torch/task.h"

namespace sightline {

// Encode a batch, with its autograd graph.  -> (B, D), rows of unit length
// pixels: as for pixel_batch.
at::Tensor encode_unit_images(TorchOps& ops, const ImageTower& tower, std::span<const Image> images,
                              const PreprocessSpec& pixels = {});
at::Tensor encode_unit_texts(TorchOps& ops, const TextTower& tower, const Tokenizer& tokenizer,
                             std::span<const std::string> texts);
at::Tensor encode_unit_tokens(TorchOps& ops, const TextTower& tower,
                              std::span<const TokenIds> texts);

// Clamps the logarithm of the factor to that of `most`: the parameter itself, not only its value in
// the loss, so that the exported value is the trained one.
void clamp_logit_scale(at::Tensor& logit_scale, double most);

// The factor, for a step's line in the log.
std::vector<std::pair<std::string, double>> logit_scale_figures(const at::Tensor& logit_scale);

}  // namespace sightline
