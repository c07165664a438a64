// Suggestions for misspelt names.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Returns the candidate that `word` was probably meant to be: the one with the fewest inserted,
// deleted, replaced or swapped characters, up to a third of the word, else one that begins with the
// word or that the word begins with. Empty if there is none.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

// Returns "; did you mean X?" with the closest candidate, or "" if there is none.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// Describes the part of a missing path that exists: "; did you mean 'a/photos'?", "; 'a' has
// photos, report", or "; the folder 'b' does not exist".
std::string nearest_path(const std::filesystem::path& missing);

}  // namespace sightline
