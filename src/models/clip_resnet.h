// CLIP's image tower in the RN models: a ResNet with a stem of three convolutions, average pooling
// instead of strides, and attention pooling at the end. Names: OpenAI's, "visual.…". Source:
// openai/CLIP clip/model.py, ModifiedResNet.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/clip_config.h"
#include "models/resnet_stages.h"
#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {

class ClipResnetTower : public ImageTower {
 public:
  // config.resnet must have a value. Throws invalid_argument where image_size is below 32, or heads
  // does not divide the last stage's channels.
  ClipResnetTower(WeightBuilder& weights, const ClipConfig& config);
  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override;

 private:
  struct Block {
    Convolution conv1, conv2, conv3, shortcut;  // shortcut null: the input itself
    int64_t stride = 1;
  };
  struct Pool {
    Tensor positions;
    Linear query, out;
    AttentionPool2d key_value;
  };

  Block make_block(WeightBuilder& weights, const std::string& name, int64_t in, int64_t width,
                   int64_t stride) const;
  Tensor stem(Ops& ops, const Tensor& pixels) const;
  Tensor run_block(Ops& ops, Tensor x, const Block& block) const;
  Tensor pool(Ops& ops, const Tensor& x) const;

  std::array<Convolution, 3> stem_;
  std::vector<Block> blocks_;
  ResnetStages stages_;
  Pool pool_;
};

}  // namespace sightline
