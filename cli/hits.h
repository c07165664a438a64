// Prints the hits of a search.
#pragma once

#include <sightline/search.h>

#include <cstdio>
#include <span>
#include <string>

namespace sightline::cli {

// Prints a table per query, then the collection, the scan and the precision. `previews`: a text for
// each query that is printed below its table; may be empty.
void print_hits(const SearchResult& result, std::span<const std::string> previews, std::FILE* file);

// Prints the path of each hit once to stdout, followed by `end`.
void print_paths(const SearchResult& result, const Collection& collection, char end);

}  // namespace sightline::cli
