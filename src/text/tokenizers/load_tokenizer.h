// Readers for the JSON files and merges.txt of a tokenizer.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

// Parses a JSON file. Errors name `path`. Throws not_found, invalid_data, limit_exceeded (file
// larger than kMaxTokenizerFileBytes).
nlohmann::json read_json_file(const std::filesystem::path& path);

// Parses merges.txt: an optional "#version" line, then one pair of tokens per line. Errors name
// `path`. Throws invalid_data, limit_exceeded.
MergeList read_merges(const std::string& text, const std::string& path);

}  // namespace sightline
