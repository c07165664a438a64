// open_clip_config.json: the sizes and the preprocessing of an OpenCLIP model.
// Source: mlfoundations/open_clip src/open_clip/model.py (CLIPVisionCfg, CLIPTextCfg, CLIP),
// factory.py (the file), transform.py (PreprocessCfg, image_transform).
#pragma once

#include <sightline/image.h>

#include <string>

#include "models/clip_config.h"

namespace sightline {

struct OpenClipConfig {
  ClipConfig clip;
  PreprocessSpec preprocess;
  bool says_quick_gelu = false;  // whether the file has the key at all
};

// `json` is the file's text, `name` its path for messages. Absent keys have the defaults of
// open_clip's dataclasses. An unsupported setting that changes the result (another pooling, layer
// scale, a timm tower …) is refused, never ignored. Throws Error: invalid_data (which key, expected
// and found), unsupported.
OpenClipConfig parse_open_clip_config(const std::string& json, const std::string& name);

}  // namespace sightline
