// config.json of Jina-CLIP v2 (model_type "jina_clip").
// Source: jinaai/jina-clip-implementation configuration_clip.py; jinaai/jina-embeddings-v3
// config.json.
#pragma once

#include <cstdint>
#include <string>

#include "models/bert_config.h"
#include "models/task_adapter.h"
#include "models/timm/eva.h"

namespace sightline {

struct JinaClipConfig {
  EvaConfig image;
  BertConfig text;
  TaskAdapters adapters;      // of the text tower
  int64_t embedding_dim = 0;  // D, of both towers
};

// `json` is the file's text, `name` its path for messages. Throws Error: invalid_data (what is
// wrong, at which key), unsupported (another text encoder, as of Jina-CLIP v1; projections, other
// blocks, a task instruction before each text, truncated vectors).
JinaClipConfig parse_jina_clip_config(const std::string& json, const std::string& name);

}  // namespace sightline
