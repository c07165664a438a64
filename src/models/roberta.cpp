#include "models/roberta.h"

#include <array>
#include <string_view>
#include <utility>

namespace sightline {
namespace {

// Files of RobertaForMaskedLM and similar classes have a prefix and a head. `rename` returns the
// name in the file of a tensor of BertTower.
std::unique_ptr<ParameterSource> parameters(const Checkpoint& checkpoint, std::string_view model,
                                            std::string (*rename)(const std::string&)) {
  std::string prefix;
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name.starts_with(model)) prefix = model;
  }
  auto source = std::make_unique<TranslatedSource>(
      checkpoint, [prefix, rename](const std::string& name, const Shape& shape) {
        return roberta_tensor(prefix + rename(name), shape);
      });
  for (const auto& [name, entry] : checkpoint.entries()) {
    const std::string_view own =
        std::string_view(name).substr(name.starts_with(prefix) ? prefix.size() : 0);
    const bool head = !name.starts_with(prefix) || own.starts_with("lm_head.") ||
                      own.starts_with("classifier.") || own.starts_with("qa_outputs.");
    if (head || own.starts_with("pooler.") || own == "embeddings.position_ids" ||
        own == "embeddings.token_type_ids")
      source->ignore(name);
  }
  return source;
}

std::unique_ptr<ParameterSource> roberta_parameters(const Checkpoint& checkpoint) {
  return parameters(checkpoint, "roberta.", [](const std::string& name) { return name; });
}

// "encoder.layer.3.attention.self.query.bias" -> "encoder.layer.3.attention.attn.q.bias"
std::string mpnet_name(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kParts = {
      {{".attention.self.query.", ".attention.attn.q."},
       {".attention.self.key.", ".attention.attn.k."},
       {".attention.self.value.", ".attention.attn.v."},
       {".attention.output.dense.", ".attention.attn.o."},
       {".attention.output.LayerNorm.", ".attention.LayerNorm."}}};
  std::string file = name;
  for (const auto& [own, there] : kParts) {
    if (const size_t at = file.find(own); at != std::string::npos)
      return file.replace(at, own.size(), there);
  }
  return file;
}

std::unique_ptr<ParameterSource> mpnet_parameters(const Checkpoint& checkpoint) {
  return parameters(checkpoint, "mpnet.", mpnet_name);
}

std::any parse_roberta(const std::string& json, const std::string& name) {
  return parse_roberta_config(json, name);
}

std::any parse_mpnet(const std::string& json, const std::string& name) {
  return parse_mpnet_config(json, name);
}

}  // namespace

FileTensor roberta_tensor(const std::string& name, const Shape& shape) {
  if (!name.ends_with("embeddings.position_embeddings.weight")) return {name, shape};
  return {name,
          {shape[0] + kRobertaFirstPosition, shape[1]},
          FileTensor::Part::rows,
          kRobertaFirstPosition};
}

ModelFamily roberta_family() {
  return {"roberta",
          load_bert,
          {{"\"roberta\"", parse_roberta, roberta_parameters, false, true},
           {"\"xlm-roberta\"", parse_roberta, roberta_parameters, false, true},
           {"\"camembert\"", parse_roberta, roberta_parameters, false, true}}};
}

ModelFamily mpnet_family() {
  return {"mpnet", load_bert, {{"\"mpnet\"", parse_mpnet, mpnet_parameters, false, true}}};
}

}  // namespace sightline
