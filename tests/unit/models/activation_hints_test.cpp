#include "models/activation_hints.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

// Whether a directory of that name causes a warning under a config with the activation.
bool warns(const std::string& name, Activation activation) {
  std::vector<std::string> warnings;
  add_activation_warning("/nonexistent/" + name, "open_clip_config.json", activation, warnings);
  return !warnings.empty();
}

TEST(ActivationHints, NamesThatContradictTheConfig) {
  EXPECT_TRUE(warns("ViT-B-32-openai", Activation::gelu));
  EXPECT_FALSE(warns("ViT-B-32-openai", Activation::quick_gelu));
  EXPECT_TRUE(warns("CLIP-ViT-B-32-laion2B-s34B-b79K", Activation::quick_gelu));
  EXPECT_FALSE(warns("CLIP-ViT-B-32-laion2B-s34B-b79K", Activation::gelu));
}

TEST(ActivationHints, NamesThatAreNoEvidence) {
  for (const auto activation : {Activation::gelu, Activation::quick_gelu}) {
    EXPECT_FALSE(warns("my-model", activation));
    EXPECT_FALSE(warns("openai-init-trained-on-datacomp", activation));  // words of both kinds
    EXPECT_FALSE(warns("metaclip-2-worldwide-huge", activation));        // its members differ
  }
}

}  // namespace
}  // namespace sightline
