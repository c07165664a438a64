// One tower of CLIP as a model: transformers' CLIPTextModel and CLIPVisionModel, with and without
// projection. Without, the vector is the pooled output of width C.
// Source: transformers modeling_clip.py, CLIPTextModelWithProjection,
// CLIPVisionModelWithProjection.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily clip_text_family();    // ClipConfig of which `text` counts
ModelFamily clip_vision_family();  // ClipConfig of which `vision` counts

}  // namespace sightline
