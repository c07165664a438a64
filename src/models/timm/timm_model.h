// The parts that OpenCLIP's models with an image tower of timm share: the settings of vision_cfg,
// the projection after the trunk, and 1 x 1 convolutions as linear layers.
// Source: mlfoundations/open_clip src/open_clip/timm_model.py, TimmModel.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "models/open_clip/towers.h"

namespace sightline {

// The prefix of the trunk's tensors.
inline constexpr const char* kTimmTrunk = "visual.trunk.";

// The layers after the trunk. classifier: its own last layer. none: not even that.
enum class TimmProjection { classifier, linear, mlp, none };

// timm_proj. Absent: OpenCLIP's default, linear; null and "": classifier. Throws unsupported for
// other names.
TimmProjection read_timm_projection(const ConfigSection& vision);

struct TimmSettings {
  std::string model;         // timm_model_name without the tag after a dot
  int64_t image_size = 0;    // S
  int64_t out_features = 0;  // D
  TimmProjection projection = TimmProjection::linear;
  bool bias = false;  // of the projection
};

// Whether timm_model_name begins with `prefix`.
bool is_timm_model(const ConfigSection& vision, std::string_view prefix);

// Refuses, as unsupported, models other than `models` and a pooling other than the mean.
TimmSettings read_timm_settings(const ConfigSection& vision, const TowerContext& context,
                                std::initializer_list<std::string_view> models);

// The tensors that inference does not read: num_batches_tracked of the batch norms.
std::vector<std::string> timm_buffers(const Checkpoint& checkpoint);

// A 1 x 1 convolution with bias as a linear layer: name.weight (N, K, 1, 1), name.bias (N).
Linear pointwise(WeightBuilder& weights, const std::string& name, int64_t out, int64_t in);
// The same, each output feature times scale_name (N, 1, 1), a layer scale.
Linear scaled_pointwise(WeightBuilder& weights, const std::string& name,
                        const std::string& scale_name, int64_t out, int64_t in);

// The projection of pooled features.
class TimmHead {
 public:
  TimmHead() = default;
  TimmHead(WeightBuilder& weights, const TimmSettings& settings, int64_t width);
  // x (B, C) -> (B, D)
  Tensor operator()(Ops& ops, const Tensor& x) const;

 private:
  Linear hidden_;  // null: none
  Linear projection_;
};

}  // namespace sightline
