// open_clip_config.json: the sizes and the preprocessing of an OpenCLIP model.
// Source: mlfoundations/open_clip src/open_clip/model.py (CLIPVisionCfg, CLIPTextCfg, CLIP),
// factory.py (the file), transform.py (PreprocessCfg, image_transform).
#pragma once

#include <sightline/image.h>

#include <optional>
#include <string>

#include "models/clip_config.h"
#include "models/open_clip/towers.h"

namespace sightline {

struct OpenClipConfig {
  // One of the two. CLIP's own towers without options are a model of clip_vit or clip_resnet.
  std::optional<ClipConfig> clip;
  std::optional<OpenClipTowers> towers;
  PreprocessSpec preprocess;
  bool says_quick_gelu = false;  // whether the file has the key at all
};

// `json` is the file's text, `name` its path for messages. Absent keys have the defaults of
// open_clip's dataclasses. An unsupported setting that changes the result is refused, never
// ignored. Throws Error: invalid_data (which key, expected and found), unsupported.
OpenClipConfig parse_open_clip_config(const std::string& json, const std::string& name,
                                      const Checkpoint& checkpoint);

}  // namespace sightline
