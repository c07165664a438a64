// The two long lists of a byte-pair model's tokenizer.json, read without a tree of its hundred
// thousand values, which would cost most of what a query's start does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

struct TokenLists {
  std::vector<std::string> tokens;  // model.vocab, by id
  MergeList merges;                 // model.merges
  std::string rest;                 // the file with {} and [] in their places
};

// Nothing where a list is missing, is damaged or is written in a way that nobody writes it: the
// whole file then has to be parsed, which says what is wrong. Of the rest nothing is checked.
std::optional<TokenLists> read_token_lists(std::string_view text);

}  // namespace sightline
