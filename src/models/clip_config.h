// Every size of both towers of a CLIP model; config.json of a Hugging Face CLIPModel, which always
// has a vision transformer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "models/transformer_config.h"

namespace sightline {

// The image tower of the RN models: OpenAI's ModifiedResNet.
struct ModifiedResnetConfig {
  std::array<int64_t, 4> layers{};  // blocks of each stage: RN50 3, 4, 6, 3
  // Channels of the first stage's blocks; the last stage's output has 32 times as many.
  int64_t width = 64;
  int64_t heads = 32;  // of the attention pooling; width * 32 / head width (64)
};

struct ClipConfig {
  // One of the two describes the image tower.
  TransformerConfig vision;                    // of a vision transformer, with patch_size
  std::optional<ModifiedResnetConfig> resnet;  // a ModifiedResNet; `vision` is then unused
  int64_t image_size = 0;                      // S
  int64_t patch_size = 0;                      // P; 0 for a ModifiedResNet
  TransformerConfig text;
  int64_t context_length = 0;  // T at most
  int64_t vocab_size = 0;      // V
  int64_t eos_token_id = 0;    // of the file; 2 in old files means "the largest id"
  int64_t embedding_dim = 0;   // D
  // Of a single tower: whether the config says that it has a projection to embedding_dim.
  bool needs_projection = false;
  float logit_scale_init = 2.6592f;  // logarithm
};

// `json` is the file's text, `name` its path for messages. Absent keys have the defaults of
// transformers' CLIPConfig. Throws Error: invalid_data (what is wrong, at which key), unsupported
// (another model type or activation).
ClipConfig parse_clip_config(const std::string& json, const std::string& name);

// The same for one tower alone: CLIPTextModel, CLIPVisionModel, and both WithProjection. The other
// tower's sizes are those of transformers' defaults.
ClipConfig parse_clip_text_config(const std::string& json, const std::string& name);
ClipConfig parse_clip_vision_config(const std::string& json, const std::string& name);

// The text of a config.json from which transformers reads the same sizes.
std::string write_clip_config(const ClipConfig& config, int64_t start_token_id);

}  // namespace sightline
