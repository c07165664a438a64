// Prints the hits of a search.
#pragma once

#include <sightline/search.h>

#include <cstdio>

namespace sightline::cli {

// Prints a table per query, then the collection, the scan and the precision.
void print_hits(const SearchResult& result, std::FILE* file);

// Prints the path of each hit once to stdout, followed by `end`.
void print_paths(const SearchResult& result, const Collection& collection, char end);

}  // namespace sightline::cli
