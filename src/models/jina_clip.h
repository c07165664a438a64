// Jina-CLIP v2: EVA02's image tower, and XLM-RoBERTa with rotary positions and adapters for tasks,
// of which the config chooses one. Texts are pooled by their mean, images by the class token.
// Source: jinaai/jina-clip-implementation modeling_clip.py, eva_model.py, hf_model.py,
// rope_embeddings.py; jinaai/xlm-roberta-flash-implementation modeling_xlm_roberta.py, block.py,
// modeling_lora.py.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily jina_clip_family();

}  // namespace sightline
