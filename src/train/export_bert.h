// Writes models that transformers' BertForMaskedLM reads.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/bert_config.h"
#include "weights/safetensors.h"

namespace sightline {

// The tensors of a checkpoint from the backend's parameters. Those of the model are named
// PREFIX + name, those of the head ("cls.") keep their names.
std::vector<NamedTensor> bert_tensors(const BertConfig& config,
                                      std::span<const NamedTensor> parameters,
                                      const std::string& prefix);

// transformers' BertForMaskedLM: config.json and model.safetensors (fp16), next to the tokenizer.
void export_bert(const std::filesystem::path& directory, const BertConfig& config,
                 std::span<const NamedTensor> parameters);

}  // namespace sightline
