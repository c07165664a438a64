// ConvNeXt: stages of blocks with a depthwise convolution, a layer norm over the channels and two
// linear layers with a layer scale.
// Source: timm models/convnext.py, ConvNeXt; layers/classifier.py, NormMlpClassifierHead.
#pragma once

#include <string>
#include <vector>

#include "models/layer_norm.h"
#include "models/resnet_stages.h"
#include "models/timm/timm_model.h"

namespace sightline {

struct ConvnextConfig {
  struct Stage {
    int64_t width = 0;   // C
    int64_t hidden = 0;  // features of the blocks' first linear layer
    int64_t kernel = 0;  // of the depthwise convolutions
    int64_t blocks = 0;
  };
  TimmSettings settings;
  int64_t patch_size = 0;  // of the stem
  float eps = 1e-6f;
  std::vector<Stage> stages;
};

class ConvnextTower : public ImageTower {
 public:
  ConvnextTower(WeightBuilder& weights, const ConvnextConfig& config);
  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override;

 private:
  struct Block {
    LayerNorm down_norm;  // of a stage's first block: norm and convolution before it
    Convolution down;     // null: none
    Convolution depthwise;
    LayerNorm norm;
    Linear fc1, fc2;
  };

  static Block make_block(WeightBuilder& weights, const std::string& name,
                          const ConvnextConfig::Stage& stage, float eps);
  static Tensor run_block(Ops& ops, Tensor x, const Block& block);
  Tensor stem(Ops& ops, const Tensor& pixels) const;

  int64_t patch_size_;
  Linear patch_;
  LayerNorm stem_norm_, head_norm_;
  std::vector<Block> blocks_;
  ResnetStages stages_;
  TimmHead head_;
};

ImageTowerKind convnext_kind();

}  // namespace sightline
