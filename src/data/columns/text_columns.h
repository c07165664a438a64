// Chooses the caption columns of a table: Parquet, metadata files, separated values, JSON.
#pragma once

#include <string>
#include <vector>

namespace sightline {

// Returns the candidate with the most usual name for captions ("text", "Caption", "alt_text" …),
// or "".
std::string usual_text_column(const std::vector<std::string>& candidates);

// Returns the columns with usual names for captions: the numbered ones, else the most usual one, as
// choose_text_columns() does; empty if there is none.
std::vector<std::string> usual_text_columns(const std::vector<std::string>& candidates);

// Returns the caption columns among `candidates` (columns of strings or lists of strings), in the
// order in which their captions are listed:
//   the requested ones, in the order of the request; else
//   numbered columns with a usual name (caption_0, caption_1 … or "Comment 1" …) in numeric order,
//   after the column of this name without a number if there is one; else
//   the column with the most usual name; else the only candidate, unless its name is that of class
//   labels; else none (no captions).
// Throws not_found if a requested column is not among the candidates, invalid_argument if one is
// requested twice. `dataset` names the data set in messages.
std::vector<std::string> choose_text_columns(const std::vector<std::string>& candidates,
                                             const std::vector<std::string>& requested,
                                             const std::string& dataset);

}  // namespace sightline
