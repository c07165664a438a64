// Writes a BERT as transformers' BertForMaskedLM.
// Source: transformers models/bert/configuration_bert.py, modeling_bert.py (names).
#include "train/export_bert.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/weight_builder.h"
#include "train/export.h"

namespace sightline {
namespace {

std::string bert_config_json(const BertConfig& c) {
  const nlohmann::json config = {
      {"architectures", {"BertForMaskedLM"}},
      {"model_type", "bert"},
      {"vocab_size", c.vocab_size},
      {"hidden_size", c.width},
      {"num_hidden_layers", c.layers},
      {"num_attention_heads", c.heads},
      {"intermediate_size", c.mlp},
      {"hidden_act", "gelu"},
      {"hidden_dropout_prob", 0.0},
      {"attention_probs_dropout_prob", 0.0},
      {"max_position_embeddings", c.context_length},
      {"type_vocab_size", c.type_vocab_size},
      {"layer_norm_eps", static_cast<double>(c.eps)},
      {"pad_token_id", 0},
      {"tie_word_embeddings", true},
      {"dtype", "float32"},
  };
  return config.dump(2) + "\n";
}

}  // namespace

std::vector<NamedTensor> bert_tensors(const BertConfig& config,
                                      std::span<const NamedTensor> parameters,
                                      const std::string& prefix) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& parameter : parameters) {
    const std::string before = parameter.name.starts_with("cls.") ? "" : prefix;
    for (NamedTensor& part : split_fused(parameter.name, parameter.tensor))
      tensors.push_back({before + part.name, part.tensor});
  }
  // The backend's positions include the first segment's embedding (models/bert.h).
  Tensor segments({config.type_vocab_size, config.width}, DType::f32);
  std::fill_n(segments.data<float>(), segments.count(), 0.0f);
  tensors.push_back({prefix + "embeddings.token_type_embeddings.weight", segments});
  return tensors;
}

void export_bert(const std::filesystem::path& directory, const BertConfig& config,
                 std::span<const NamedTensor> parameters) {
  write_file_atomic(directory / "config.json", bert_config_json(config));
  write_safetensors(directory / "model.safetensors", bert_tensors(config, parameters, "bert."),
                    FloatStorage::f16);
}

}  // namespace sightline
