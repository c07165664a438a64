// The contrastive loss of images with several texts each.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

namespace sightline {

// The texts of a batch. Equal texts of different images are not each other's negatives.
struct BatchTexts {
  std::span<const int64_t> image;     // (N) of each text: 0 .. B-1, each image at least once
  std::span<const int64_t> identity;  // (N) equal for equal texts
};

// Symmetric InfoNCE. For each pair of an image and one of its texts, the cross-entropy of the text
// among the batch's texts, and of the image among its images. Left out of the softmax are the other
// texts of the image, and texts and images of which both have an equal text: they are no negatives.
// Each image has the same weight. With one text per image, and all different, it is open_clip's
// ClipLoss.
//   images (B, D), texts (N, D): unit rows   scale: scalar, the factor before the softmax
//   smoothing: of the targets, uniform over all that is in the softmax
at::Tensor contrastive_loss(const at::Tensor& images, const at::Tensor& texts, const BatchTexts& of,
                            const at::Tensor& scale, double smoothing = 0);

}  // namespace sightline
