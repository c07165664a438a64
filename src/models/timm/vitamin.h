// ViTamin: two stages of inverted bottlenecks with layer norms, then a transformer with gated
// feed-forward layers (GeGLU), whose mean is normalized and projected.
// Source: timm models/vitamin.py, MbConvStages, MbConvLNBlock, GeGluMlp; vision_transformer.py,
// VisionTransformer, Block.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/layer_norm.h"
#include "models/timm/timm_model.h"

namespace sightline {

struct VitaminConfig {
  struct Stage {
    int64_t width = 0;   // C
    int64_t hidden = 0;  // channels of the depthwise convolutions
    int64_t blocks = 0;
    bool expand = false;  // a convolution in the shortcut of the first block
  };
  TimmSettings settings;
  int64_t stem_width = 0;
  std::array<Stage, 2> stages;
  // Of the transformer.
  int64_t width = 0, layers = 0, heads = 0, mlp = 0;
  bool positions = true;
};

class VitaminTower : public ImageTower {
 public:
  VitaminTower(WeightBuilder& weights, const VitaminConfig& config);
  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override;

 private:
  // MbConvLNBlock
  struct Bottleneck {
    bool halves = false;  // the sides
    Convolution pool;     // of the shortcut, where it halves: the sum of 3 x 3 pixels
    Linear shortcut;      // null: none
    LayerNorm norm;
    Linear expand;
    Convolution depthwise;
    Linear project;
  };
  struct Layer {
    LayerNorm norm1, norm2, mlp_norm;
    Linear qkv, out, gate, up, down;
  };

  static Bottleneck make_bottleneck(WeightBuilder& weights, const std::string& name, int64_t in,
                                    const VitaminConfig::Stage& stage, bool first);
  static Layer make_layer(WeightBuilder& weights, const std::string& name,
                          const VitaminConfig& config);
  static Tensor average(Ops& ops, const Tensor& x, const Convolution& sum);
  static Tensor run_bottleneck(Ops& ops, const Tensor& x, const Bottleneck& block);
  Tensor run_layer(Ops& ops, Tensor x, const Layer& layer) const;
  Tensor stem(Ops& ops, const Tensor& pixels) const;
  Tensor patches(Ops& ops, const Tensor& pixels) const;

  int64_t heads_;
  int64_t elements_;  // of an image's largest tensor
  Convolution stem1_, stem2_, patch_;
  LayerNorm stem_norm_, patch_norm_, norm_;
  std::vector<Bottleneck> bottlenecks_;
  Tensor positions_;  // undefined: none
  std::vector<Layer> layers_;
  TimmHead head_;
};

ImageTowerKind vitamin_kind();

}  // namespace sightline
