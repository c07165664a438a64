// Writes models that transformers' BertForMaskedLM reads.
#pragma once

#include <filesystem>
#include <span>

#include "models/bert_config.h"
#include "weights/safetensors.h"

namespace sightline {

// transformers' BertForMaskedLM: config.json and model.safetensors (fp16), beside the tokenizer.
void export_bert(const std::filesystem::path& directory, const BertConfig& config,
                 std::span<const NamedTensor> parameters);

}  // namespace sightline
