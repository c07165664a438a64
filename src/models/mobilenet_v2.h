// MobileNetV2: logits of an image. Blocks are inverted residuals: a 1x1 convolution that widens, a
// depthwise 3x3 convolution, and a 1x1 convolution that narrows, without an activation. Names:
// timm's. Source: torchvision models/mobilenetv2.py, MobileNetV2 and InvertedResidual; timm
// models/_efficientnet_blocks.py (names); Sandler et al. 2018, sections 3 and 4.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/mobilenet_v2_config.h"
#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {

class MobilenetV2Tower : public ImageTower {
 public:
  MobilenetV2Tower(WeightBuilder& weights, const MobilenetV2Config& config);
  // pixels (B, 3, S, S) -> (B, classes). S may differ from the config's, because the mean at the
  // end accepts any size.
  Tensor encode(Ops& ops, const Tensor& pixels) const override;

 private:
  struct Block {
    Convolution expand;  // null in the first stage
    Convolution depthwise, project;
    bool residual = false;  // adds the block's input to its output
  };

  static Block make_block(WeightBuilder& weights, const std::string& name, int64_t in, int64_t out,
                          int64_t stride, bool expands);
  static Tensor run_block(Ops& ops, Tensor x, const Block& block);

  Convolution stem_, head_;
  std::vector<Block> blocks_;
  Linear classifier_;
  size_t wide_blocks_ = 0;  // blocks that have tensors of more than an eighth of the elements
  int64_t elements_ = 0;    // of an image's largest tensor
};

// A checkpoint with torchvision's names, under the tower's names.
std::unique_ptr<ParameterSource> torchvision_mobilenet_v2_parameters(const Checkpoint& checkpoint);

// torchvision's name of a tensor of the tower: "blocks.1.0.conv_pw.weight" is
// "features.2.conv.0.0.weight". Throws internal for other names.
std::string torchvision_mobilenet_v2_name(const std::string& name);

// The sizes of a checkpoint with the tower's names, or with torchvision's. Throws invalid_data
// where a tensor is missing.
MobilenetV2Config mobilenet_v2_sizes(const Checkpoint& weights, bool torchvision_names);

// The registry's entry: a model without a text tower, D is the number of classes.
ModelFamily mobilenet_v2_family();

}  // namespace sightline
