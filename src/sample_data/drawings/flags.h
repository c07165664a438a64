// Captions of flags.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sample_data/drawings/words.h"

namespace sightline {

// Whether a drawing is in the folder of flags.
bool is_flag(std::string_view path);

// Returns "flag of PLACE" from the words of a flag's title or file name, without its creator's:
// "flag of british columbia, canada" if the words begin with a country of kCountries, "historic
// flag of georgia" in the folder of historic flags. Places need not be in the dictionary. Signal
// flags are "signal flag NAME". Returns nothing if no place is left.
std::optional<std::string> flag_caption(std::string_view path, const Words& words);

}  // namespace sightline
