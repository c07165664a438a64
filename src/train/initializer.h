// Random weights for a model that is trained from nothing.
#pragma once

#include "models/clip_config.h"
#include "models/parameter_source.h"

namespace sightline {

// Normal distributions by the role that a weight's name tells, each weight from a generator of its
// own (seed and name), so that the order in which a model asks does not matter.
// Source of the scales: openai/CLIP clip/model.py, CLIP.initialize_parameters.
class Initializer : public ParameterSource {
 public:
  Initializer(const ClipConfig& config, uint64_t seed) : config_(config), seed_(seed) {}
  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string&, const Shape&) override {}

 private:
  double scale(const std::string& name) const;

  ClipConfig config_;
  uint64_t seed_;
};

}  // namespace sightline
