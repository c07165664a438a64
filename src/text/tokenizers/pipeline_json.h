// Loads tokenizers whose tokenizer.json is a pipeline: Unigram (T5, SigLIP, XLM-R, mT5), BPE of
// characters (Gemma, NLLB) and byte-level BPE (GPT-2, RoBERTa).
#pragma once

#include <sightline/tokenizer.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "text/tokenizers/pipeline_tokenizer.h"
#include "text/tokenizers/vocab_and_merges.h"

namespace sightline {

// Returns whether the model of a tokenizer.json is Unigram, or BPE without CLIP's end of words.
bool is_pipeline(const nlohmann::json& file);

// `config`: tokenizer_config.json, or null. Its tokenizer_class adds what the class does itself in
// transformers (NLLB's language codes, SigLIP's cleaning). context_length 0: its model_max_length,
// or 512. Throws invalid_data, limit_exceeded; unsupported, naming it, for a step that is not
// implemented.
std::unique_ptr<Tokenizer> pipeline_from_json(const nlohmann::json& file, const std::string& path,
                                              const nlohmann::json& config, int context_length);

// The same with the vocabulary and merges of BPE already read (vocab_and_merges.h).
std::unique_ptr<Tokenizer> pipeline_from_json(const nlohmann::json& file, VocabAndMerges lists,
                                              const std::string& path, const nlohmann::json& config,
                                              int context_length);

// Applies `config` to a pipeline whose special tokens are in place.
void apply_tokenizer_config(const nlohmann::json& config, const std::string& path,
                            TextPipeline& pipeline);

// Returns context_length, or if it is 0 the model_max_length of `config`, or else 512.
int pipeline_context(const nlohmann::json& config, int context_length);

}  // namespace sightline
