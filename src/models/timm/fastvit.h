// FastViT as MobileCLIP's image tower: stages of RepMixer blocks, then of attention blocks. The
// branches that training has are added up while the model is read (branch_sum.h); files that are
// already reparameterized load too.
// Source: timm models/fastvit.py, FastVit (fastvit_mci0 to fastvit_mci4).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/layer_norm.h"
#include "models/resnet_stages.h"
#include "models/timm/timm_model.h"

namespace sightline {

struct FastvitConfig {
  struct Stage {
    int64_t width = 0;   // C
    int64_t hidden = 0;  // features of the feed-forward layers
    int64_t blocks = 0;
    int64_t down_kernel = 0;  // of the convolution that halves the sides; 0: none
  };
  TimmSettings settings;
  std::vector<Stage> stages;
  int64_t features = 0;  // of the last convolution
  // Whether the file has a tensor: which branches there are, and the kind of a block.
  std::function<bool(const std::string& name)> has;
  std::function<int64_t(const std::string& name, size_t axis)> extent;
  // The side of the window of a convolution, which must be a square of at most `most` pixels.
  std::function<int64_t(const std::string& name, int64_t most)> kernel;
};

class FastvitTower : public ImageTower {
 public:
  FastvitTower(WeightBuilder& weights, const FastvitConfig& config);
  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override;

 private:
  // Squeeze and excitation.
  struct Gate {
    Linear fc1, fc2;  // null: none
  };
  // A convolution, its gate and GELU.
  struct GatedConvolution {
    Convolution convolution;
    Gate gate;
  };
  struct Block {
    GatedConvolution down;  // of a stage's first block: before it; null: none
    Linear down_mix;
    Convolution positions;  // likewise
    Convolution mixer;      // RepMixer; null: attention
    std::optional<LayerNorm> norm;
    Linear qkv, projection;
    int64_t heads = 0;
    Convolution mlp_convolution;
    Linear fc1, fc2;
  };

  Block make_block(WeightBuilder& weights, const FastvitConfig& config, const std::string& name,
                   const FastvitConfig::Stage& stage) const;
  void add_attention(WeightBuilder& weights, const FastvitConfig& config, const std::string& name,
                     int64_t width, Block& block) const;
  static Gate make_gate(WeightBuilder& weights, const FastvitConfig& config,
                        const std::string& name, int64_t width);
  static Tensor run(Ops& ops, const Tensor& x, const GatedConvolution& layer);
  static Tensor run_block(Ops& ops, Tensor x, const Block& block);
  Tensor stem(Ops& ops, const Tensor& pixels) const;

  Convolution stem_[2];
  Linear stem_mix_;
  std::vector<Block> blocks_;
  ResnetStages stages_;
  GatedConvolution last_;
  TimmHead head_;
};

ImageTowerKind fastvit_kind();

}  // namespace sightline
