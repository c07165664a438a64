// Identifiers as TREC files can hold them.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Visible ASCII without '%', '#' and '~' as it is; every other byte as %XX, so that no reader
// splits the identifier and the original can be had back. An empty text is "%".
std::string trec_id(std::string_view text);

// A name of [A-Za-z0-9._-] that does not begin with a dot: for files and the runs' tag.
std::string trec_file_name(std::string_view label);

struct TrecIds {
  std::vector<std::string> images;  // N: the row's id; where rows share one, "~2", "~3" … follow
  std::vector<std::string> texts;   // M: the row's, "#" and the caption's number from 0
};
TrecIds make_trec_ids(const ExperimentResult& result);

}  // namespace sightline
