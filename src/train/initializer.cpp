#include "train/initializer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/hash.h"
#include "base/random.h"

namespace sightline {
namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Tensor Initializer::take(const std::string& name, const Shape& shape) {
  Tensor result(shape, DType::f32);
  float* values = result.data<float>();
  const int64_t count = result.count();
  const Fill how = fill(name, shape);
  if (how.deviation == 0) {
    std::fill_n(values, count, static_cast<float>(how.constant));
    return result;
  }
  const Digest digest = Sha256().update(name).digest();
  uint64_t key;
  std::memcpy(&key, digest.data(), sizeof key);
  Random random{seed_, key};
  for (int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(random.normal() * how.deviation);
  return result;
}

Initializer::Fill ConvolutionInitializer::fill(const std::string& name, const Shape& shape) const {
  if (name.ends_with(".bias") || name.ends_with(".running_mean")) return {};
  if (name.ends_with(".running_var")) return {0, 1};
  if (shape.size() == 4) {
    // (N, K, R, R): an input contributes to N * R * R outputs, to R * R of a depthwise convolution.
    const int64_t channels = contains(name, "conv_dw") ? 1 : shape[0];
    return {std::sqrt(2.0 / static_cast<double>(channels * shape[2] * shape[3]))};
  }
  if (shape.size() == 2) return {0.01};  // the classifier
  // The third norm of a block is its last. The stem of a ModifiedResNet has a third one too; blocks
  // of a MobileNetV2 start as in torchvision, with 1.
  return {0, contains(name, "layer") && name.ends_with(".bn3.weight") ? 0.0 : 1.0};
}

Initializer::Fill BertInitializer::fill(const std::string& name, const Shape&) const {
  if (name.ends_with("bias")) return {};
  if (contains(name, "LayerNorm")) return {0, 1};
  // Added to every position alike (models/bert.h), so the positions can learn it themselves.
  if (contains(name, "token_type")) return {};
  return {0.02};
}

Initializer::Fill ClipInitializer::fill(const std::string& name, const Shape& shape) const {
  if (name == "logit_scale") return {0, config_.logit_scale_init};
  if (name.ends_with(".bias")) return {};
  if (name.starts_with("visual.attnpool.")) {  // positions (T, C) and projections (N, C)
    return {1 / std::sqrt(static_cast<double>(shape.at(1)))};
  }
  if (name.starts_with("visual.")) return convolutions_.fill(name, shape);
  if (contains(name, "norm")) return {0, 1};  // also "pre_layrnorm"
  const bool vision = name.starts_with("vision") || name.starts_with("visual");
  const TransformerConfig& tower = vision ? config_.vision : config_.text;
  const double width = 1 / std::sqrt(static_cast<double>(tower.width));
  if (contains(name, "token_embedding")) return {0.02};
  if (contains(name, "text_model.embeddings.position")) return {0.01};
  if (contains(name, "class_embedding") || contains(name, "position_embedding")) return {width};
  if (contains(name, "patch_embedding")) return {0.02};
  // Layers that add to the residual stream are scaled down by the number of additions.
  if (contains(name, "out_proj") || contains(name, "fc2")) {
    return {width / std::sqrt(2.0 * static_cast<double>(tower.layers))};
  }
  if (contains(name, "fc1")) return {width / std::sqrt(2.0)};
  return {width};  // q, k, v and the two projections
}

}  // namespace sightline
