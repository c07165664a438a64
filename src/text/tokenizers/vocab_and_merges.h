// Fast reader for the vocabulary and merges of a byte-pair tokenizer.json. Building a JSON tree of
// their hundred thousand values would dominate the start-up time of a query.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

struct VocabAndMerges {
  std::vector<std::string> tokens;  // model.vocab, by id
  MergeList merges;                 // model.merges
  std::string rest;                 // the file with both replaced by {} and []
};

// Returns none if one of them is missing, invalid or not in the expected form; the full parser then
// reports the error. Does not check the rest of the file.
std::optional<VocabAndMerges> read_vocab_and_merges(std::string_view text);

}  // namespace sightline
