// Loads tokenizers from SentencePiece models.
#pragma once

#include <sightline/tokenizer.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace sightline {

// Returns the model of a directory: spiece.model, sentencepiece.bpe.model or tokenizer.model.
std::optional<std::filesystem::path> find_sentencepiece(const std::filesystem::path& directory);

// Whether a file starts like a SentencePiece model: with a piece.
bool is_sentencepiece(std::string_view bytes);

// `config`: tokenizer_config.json, or null. The ids are those of the model, with its end piece
// after a text; those of XLM-R and NLLB (sentencepiece.bpe.model, or by tokenizer_class) are
// fairseq's. context_length 0: config's model_max_length, or 512. Throws not_found, invalid_data,
// limit_exceeded, unsupported.
std::unique_ptr<Tokenizer> load_sentencepiece(const std::filesystem::path& path,
                                              const nlohmann::json& config, int context_length);
std::unique_ptr<Tokenizer> sentencepiece_tokenizer(std::string_view bytes, const std::string& path,
                                                   const nlohmann::json& config,
                                                   int context_length);

}  // namespace sightline
