// ResNet with bottleneck blocks, where the 3x3 convolution has the stride ("v1.5"): logits of an
// image. Names: torchvision's, which are timm's too. Source: torchvision models/resnet.py, ResNet
// and Bottleneck; He et al. 2016, section 4.1.
#pragma once

#include <string>
#include <vector>

#include "models/resnet_config.h"
#include "models/resnet_stages.h"
#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {

class ResnetTower : public ImageTower {
 public:
  ResnetTower(WeightBuilder& weights, const ResnetConfig& config);
  // pixels (B, 3, S, S) -> (B, classes). S may differ from the config's, because the mean at the
  // end accepts any size.
  Tensor encode(Ops& ops, const Tensor& pixels) const override;

 private:
  struct Block {
    Convolution conv1, conv2, conv3, shortcut;  // shortcut null: the input itself
  };

  Block make_block(WeightBuilder& weights, const std::string& name, int64_t in, int64_t width,
                   int64_t stride) const;
  Tensor run_block(Ops& ops, Tensor x, const Block& block) const;

  Convolution stem_;
  std::vector<Block> blocks_;
  ResnetStages stages_;
  Linear classifier_;
};

// The registry's entry: a model without a text tower, D is the number of classes.
ModelFamily resnet_family();

}  // namespace sightline
