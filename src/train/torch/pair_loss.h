// The loss of a pair: a softmax in both directions whose targets are spread by subject and by the
// similarity of texts.
#pragma once

#include <ATen/ATen.h>

#include "train/recipe.h"

namespace sightline {

struct PairBatch {
  at::Tensor images;    // (B, D) f32, unit rows
  at::Tensor texts;     // (B * P, D) f32, unit rows; P texts of each image, image by image
  at::Tensor subjects;  // (B) i64: equal for images of one subject
  at::Tensor bank;      // (M, D) f32, unit rows, without gradient; undefined: none
  at::Tensor scale;     // () f32: the factor before the softmax
};

// Image -> text: the target of image i is (1 - a) u + a s, with u uniform over the texts of its
// subject, s the softmax over texts j of t_i . t_j / temperature, t_i its first text, and a
// soft_share. Text -> image: the transposed targets, each scaled to sum 1. The loss is the mean of
// both cross-entropies, plus bank_weight times the cross-entropy of images and bank with targets s.
// Returns a scalar.
at::Tensor pair_loss(const PairBatch& batch, const PairLoss& settings);

}  // namespace sightline
