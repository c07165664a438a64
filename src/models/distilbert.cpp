#include "models/distilbert.h"

#include <array>
#include <string_view>

#include "models/bert.h"

namespace sightline {
namespace {

// Parts of a layer's names: BertTower's, and those of DistilBERT's files.
struct Renamed {
  std::string_view bert, file;
};
constexpr std::array<Renamed, 8> kLayerParts = {{{"attention.self.query", "attention.q_lin"},
                                                 {"attention.self.key", "attention.k_lin"},
                                                 {"attention.self.value", "attention.v_lin"},
                                                 {"attention.output.dense", "attention.out_lin"},
                                                 {"attention.output.LayerNorm", "sa_layer_norm"},
                                                 {"intermediate.dense", "ffn.lin1"},
                                                 {"output.dense", "ffn.lin2"},
                                                 {"output.LayerNorm", "output_layer_norm"}}};

// "encoder.layer.3.output.dense.weight" -> "transformer.layer.3.ffn.lin2.weight"
std::string file_name(const std::string& name) {
  constexpr std::string_view kLayers = "encoder.layer.";
  if (!name.starts_with(kLayers)) return name;
  const size_t part = name.find('.', kLayers.size()) + 1, end = name.rfind('.');
  const std::string_view own = std::string_view(name).substr(part, end - part);
  for (const Renamed& renamed : kLayerParts) {
    if (own != renamed.bert) continue;
    return "transformer.layer." + name.substr(kLayers.size(), part - kLayers.size()) +
           std::string(renamed.file) + name.substr(end);
  }
  return name;
}

// Files of DistilBertForMaskedLM and similar classes have the prefix "distilbert." and a head.
std::unique_ptr<ParameterSource> parameters(const Checkpoint& checkpoint) {
  constexpr std::string_view kPrefix = "distilbert.";
  std::string prefix;
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name.starts_with(kPrefix)) prefix = kPrefix;
  }
  auto source = std::make_unique<TranslatedSource>(
      checkpoint, [prefix](const std::string& name, const Shape& shape) {
        return FileTensor{prefix + file_name(name), shape};
      });
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name.starts_with("vocab_") || name.starts_with("pre_classifier.") ||
        name.starts_with("classifier.") || name.starts_with("qa_outputs.") ||
        name.ends_with("embeddings.position_ids"))
      source->ignore(name);
  }
  return source;
}

std::any parse(const std::string& json, const std::string& name) {
  return parse_distilbert_config(json, name);
}

}  // namespace

ModelFamily distilbert_family() {
  return {"distilbert", load_bert, {{"\"distilbert\"", parse, parameters, false, true}}};
}

}  // namespace sightline
