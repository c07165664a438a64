// Text towers of transformers in OpenCLIP's models: the encoder, pooling, and a projection without
// bias. RoBERTa and XLM-RoBERTa, the encoders of M2M100 and NLLB, and mT5's.
// Source: mlfoundations/open_clip src/open_clip/hf_model.py, HFTextEncoder.
#pragma once

#include "models/open_clip/towers.h"

namespace sightline {

TextTowerKind roberta_text_kind();
TextTowerKind m2m100_text_kind();
TextTowerKind mt5_text_kind();

}  // namespace sightline
