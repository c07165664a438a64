// CLIP's image tower with a text tower like BERT's whose vector is that of the first position:
// Chinese-CLIP (BERT) and AltCLIP (XLM-RoBERTa), in transformers' layout.
// Source: transformers modeling_chinese_clip.py, ChineseCLIPModel; modeling_altclip.py,
// AltCLIPModel.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily chinese_clip_family();
ModelFamily altclip_family();

}  // namespace sightline
