// Finds the merges of byte-pair encoding that a file does not store.
#pragma once

#include <string>
#include <vector>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

// Returns the merges of a vocabulary of CLIP whose tokens are in the order in which training made
// them: the symbols, then the result of each merge. The merge of a token joins the two parts that
// the merges before it leave of the token: training saw the same parts in its texts, because no
// earlier merge crossed the token's ends. Special tokens ("<|endoftext|>") have no merge. Throws
// invalid_data, naming `where`, if a token has other than two parts, so that the order is another;
// limit_exceeded for too many tokens, or one of more than 1024 bytes.
MergeList recover_merges(const std::vector<std::string>& tokens, const std::string& where);

}  // namespace sightline
