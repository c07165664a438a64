#include "models/jina_clip_config.h"

#include <sightline/error.h>

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "models/config_section.h"
#include "models/open_clip/config_keys.h"

namespace sightline {
namespace {

using nlohmann::json;

// The config of jinaai/jina-embeddings-v3, which the section of the text tower names. The section's
// hf_model_config_kwargs are put over it.
const json& encoder_defaults() {
  static const json values = {
      {"vocab_size", 250002},
      {"hidden_size", 1024},
      {"num_hidden_layers", 24},
      {"num_attention_heads", 16},
      {"intermediate_size", 4096},
      {"max_position_embeddings", 8194},
      {"type_vocab_size", 1},
      {"layer_norm_eps", 1e-5},
      {"rotary_emb_base", 20000.0},
      {"lora_adaptations",
       {"retrieval.query", "retrieval.passage", "separation", "classification", "text-matching"}},
      {"lora_rank", 4},
      {"lora_alpha", 1}};
  return values;
}

void require(const ConfigSection& s, const char* key, const json& absent, const json& expected) {
  const json* found = s.find(key);
  const json& value = found != nullptr ? *found : absent;
  if (value == expected) return;
  throw Error(ErrorCode::unsupported, s.where, ": '", key, "' is ", shown(value),
              ", which this build does not have (only ", shown(expected), ")");
}

// EVA02 with a class token: SwiGLU, layer norms within attention and SwiGLU, rotary positions.
EvaConfig read_image(const ConfigSection& s) {
  for (const char* key : {"rope_embeddings", "intp_freq", "naive_swiglu", "subln"})
    require(s, key, false, true);
  require(s, "qkv_bias", true, true);
  require(s, "post_norm", false, false);
  for (const char* key : {"ls_init_value", "proj_type"}) require(s, key, nullptr, nullptr);
  EvaConfig config;
  config.image_size = s.size("image_size", 224);
  config.patch_size = s.size("patch_size", 16);
  config.width = s.size("width", 768);
  config.layers = s.size("layers", 12);
  const int64_t head = s.size("head_width", 64);
  if (config.width % head != 0 || head % 4 != 0)
    s.fail("head_width", "a multiple of 4 that divides width " + std::to_string(config.width));
  if (config.patch_size > config.image_size)
    s.fail("patch_size", "at most image_size " + std::to_string(config.image_size));
  config.heads = config.width / head;
  config.mlp = mlp_width(s, config.width);
  config.attention_norm = config.gated = config.gated_norm = true;
  config.rotary = RotaryGrid{config.image_size / config.patch_size, s.size("pt_hw_seq_len", 16)};
  config.head = false;
  config.embedding_dim = s.size("embed_dim", 768);
  if (config.embedding_dim != config.width)
    s.fail("embed_dim", "width " + std::to_string(config.width) + ", as proj_type is null");
  return config;
}

// The config of the encoder: that of jina-embeddings-v3 with the section's changes.
json encoder_config(const ConfigSection& s) {
  // Absent: the reference's default, the text tower of Jina-CLIP v1.
  const std::string name = s.text("hf_model_name_or_path", "jinaai/jina-bert-flash-implementation");
  if (name.substr(name.rfind('/') + 1) != "jina-embeddings-v3") {
    throw Error(ErrorCode::unsupported, s.where, ": 'hf_model_name_or_path' is ", shown(json(name)),
                ", expected jina-embeddings-v3, the text tower of Jina-CLIP v2");
  }
  json values = encoder_defaults();
  if (s.find("hf_model_config_kwargs") == nullptr) return values;
  const ConfigSection changes = s.child("hf_model_config_kwargs");
  refuse_others(
      changes,
      {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
       "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "rotary_emb_base",
       "lora_adaptations", "lora_rank", "lora_alpha"},
      {"load_trained_adapters", "lora_dropout_p", "lora_main_params_trainable", "use_flash_attn",
       "use_cache", "use_reentrant", "task_instructions", "matryoshka_dimensions", "truncate_dim",
       "emb_pooler", "torch_dtype", "initializer_range", "hidden_dropout_prob",
       "attention_probs_dropout_prob", "classifier_dropout", "bos_token_id", "eos_token_id"},
      {{"pad_token_id", 1}, {"hidden_act", "gelu"}, {"position_embedding_type", "rotary"}});
  for (const auto& [key, value] : changes.object.items()) {
    if (!value.is_null()) values[key] = value;
  }
  return values;
}

BertConfig read_text(const ConfigSection& s, int64_t embedding_dim) {
  // encode_text truncates texts to as many ids.
  constexpr int64_t kMostIds = 512;
  BertConfig config;
  config.width = s.size("hidden_size", 0);
  config.layers = s.size("num_hidden_layers", 0);
  config.heads = s.size("num_attention_heads", 0);
  config.mlp = s.size("intermediate_size", 0);
  config.vocab_size = s.size("vocab_size", 0);
  config.type_vocab_size = s.size("type_vocab_size", 0);
  config.context_length = std::min(kMostIds, s.size("max_position_embeddings", 0, 3));
  config.rotary_base = s.number("rotary_emb_base", 0);
  const double eps = s.number("layer_norm_eps", 0);
  if (!(eps > 0 && eps < 1)) s.fail("layer_norm_eps", "a number between 0 and 1");
  config.eps = static_cast<float>(eps);
  if (!(config.rotary_base >= 1 && config.rotary_base <= 1e9))
    s.fail("rotary_emb_base", "a number from 1 to 1e9");
  if (config.width % (2 * config.heads) != 0) {
    s.fail("num_attention_heads",
           "heads of an even width in hidden_size " + std::to_string(config.width));
  }
  if (config.width != embedding_dim)
    s.fail("hidden_size", "embed_dim " + std::to_string(embedding_dim) + ", as proj_type is null");
  return config;
}

// `encoder`: of the text tower; `text`: the section that names the task.
TaskAdapters read_adapters(const ConfigSection& encoder, const ConfigSection& text) {
  constexpr int64_t kMostRank = 1024;
  TaskAdapters adapters;
  const json* tasks = encoder.find("lora_adaptations");
  if (tasks == nullptr || !tasks->is_array() || tasks->empty() || tasks->size() > 1000)
    encoder.fail("lora_adaptations", "a list of 1 to 1000 tasks");
  adapters.count = static_cast<int64_t>(tasks->size());
  adapters.rank = encoder.size("lora_rank", 0);
  if (adapters.rank > kMostRank) encoder.fail("lora_rank", "at most " + std::to_string(kMostRank));
  adapters.scale = encoder.number("lora_alpha", 0) / static_cast<double>(adapters.rank);
  const std::string task = text.text("default_lora_task", "");
  if (task.empty()) return adapters;
  const auto found = std::find(tasks->begin(), tasks->end(), json(task));
  if (found == tasks->end())
    text.fail("default_lora_task", "one of the lora_adaptations " + shown(*tasks));
  adapters.used = found - tasks->begin();
  return adapters;
}

}  // namespace

JinaClipConfig parse_jina_clip_config(const std::string& text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const ConfigSection top{root, "'" + name + "'"};
  require(top, "add_projections", false, false);
  require(top, "truncate_dim", nullptr, nullptr);
  const ConfigSection vision = top.child("vision_config"), section = top.child("text_config");
  // Before the image tower, whose messages would mislead where Jina-CLIP v1 is meant.
  const json encoder = encoder_config(section);
  JinaClipConfig config;
  config.image = read_image(vision);
  config.embedding_dim = config.image.embedding_dim;
  if (section.size("embed_dim", 768) != config.embedding_dim)
    section.fail("embed_dim", "vision_config's " + std::to_string(config.embedding_dim));
  require(section, "default_instruction_task", nullptr, nullptr);
  require(section, "proj_type", nullptr, nullptr);
  require(section, "pooler_type", "mean_pooler", "mean_pooler");
  const ConfigSection encoder_section{encoder, section.where + " hf_model_config_kwargs"};
  config.text = read_text(encoder_section, config.embedding_dim);
  config.adapters = read_adapters(encoder_section, section);
  return config;
}

}  // namespace sightline
