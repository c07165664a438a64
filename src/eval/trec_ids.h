// Identifiers for TREC files, which separate fields by white space.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Escapes an identifier reversibly: visible ASCII except '%', '#' and '~' is kept, every other byte
// becomes %XX. The empty text becomes "%".
std::string trec_id(std::string_view text);

// Returns a name of [A-Za-z0-9._-] without a leading dot, for file names and run tags. Replaces
// other characters with '_'.
std::string trec_file_name(std::string_view label);

struct TrecIds {
  std::vector<std::string> images;  // N: the row id; repeated ids have the suffix "~2", "~3", ...
  std::vector<std::string> texts;   // M: image identifier, "#" and zero-based caption index
};
TrecIds make_trec_ids(const ExperimentResult& result);

}  // namespace sightline
