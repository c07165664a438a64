// What the figures mean, in words: one list for results.json and for the page.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sightline {

// (name, sentence) in the order of reading.
std::vector<std::pair<std::string, std::string>> metric_definitions(int top_k);

}  // namespace sightline
