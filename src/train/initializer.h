// Random weights for a model that is trained from scratch.
#pragma once

#include "models/clip_config.h"
#include "models/parameter_source.h"

namespace sightline {

// Fills each weight by its role, which its name determines. Normal distributions are drawn from a
// generator seeded by seed and name, so that the order of requests does not matter.
class Initializer : public ParameterSource {
 public:
  explicit Initializer(uint64_t seed) : seed_(seed) {}
  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string&, const Shape&) override {}

 protected:
  struct Fill {
    double deviation = 0;  // of a normal distribution around 0; 0: the constant
    double constant = 0;
  };
  virtual Fill fill(const std::string& name, const Shape& shape) const = 0;

 private:
  uint64_t seed_;
};

// ResNet and MobileNetV2. Convolutions by He et al. 2015 (fan-out, ReLU); the last norm of a
// ResNet's block 0, so that the block starts as the identity; the classifier 0.01 (Goyal et al.
// 2017). Source of the scales: torchvision models/resnet.py, ResNet.__init__ with
// zero_init_residual, and mobilenetv2.py; timm models/_efficientnet_builder.py (depthwise).
class ConvolutionInitializer : public Initializer {
 public:
  using Initializer::Initializer;

 protected:
  friend class ClipInitializer;
  Fill fill(const std::string& name, const Shape& shape) const override;
};

// Source of the scales: openai/CLIP clip/model.py, CLIP.initialize_parameters. The convolutions of
// a ModifiedResNet are ConvolutionInitializer's.
class ClipInitializer : public Initializer {
 public:
  ClipInitializer(const ClipConfig& config, uint64_t seed)
      : Initializer(seed), config_(config), convolutions_(seed) {}

 protected:
  Fill fill(const std::string& name, const Shape& shape) const override;

 private:
  ClipConfig config_;
  ConvolutionInitializer convolutions_;
};

// 0.02 for every matrix except the segments', which is 0.
// Source: transformers modeling_bert.py, BertPreTrainedModel._init_weights.
class BertInitializer : public Initializer {
 public:
  using Initializer::Initializer;

 protected:
  Fill fill(const std::string& name, const Shape& shape) const override;
};

}  // namespace sightline
