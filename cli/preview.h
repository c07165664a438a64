// Draws the hits of a search in the terminal.
#pragma once

#include <sightline/search.h>

#include <string>
#include <vector>

namespace sightline::cli {

// Returns search_previews() for standard output. `kind`: of --preview; "": none; "auto": what the
// terminal can, none if standard output is no terminal; otherwise the name of graphics. Without a
// terminal, 80 columns.
std::vector<std::string> previews(const SearchResult& result, const Collection& collection,
                                  const std::string& kind);

}  // namespace sightline::cli
