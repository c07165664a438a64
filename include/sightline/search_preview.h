// Previews of a search in the terminal: the first hits of each query as a row of images.
#pragma once

#include <sightline/search.h>
#include <sightline/terminal_image.h>

#include <string>
#include <vector>

namespace sightline {

struct SearchPreviewOptions {
  TerminalFeatures terminal;
  int columns = 80;  // of the terminal, 1 to 1000
  // Pixels of a cell, 1 to 100; they decide the resolution, and the size of sixels.
  int cell_width = 10;
  int cell_height = 20;
};

// Returns a text for each query: a row of as many of its hits as fit, at least one, and below them
// rank, similarity and, for hits with duplicates, their number: "1 0.3127 +3". "" for a query
// without hits, and for TerminalGraphics::none. Reads the images again from `collection`, which
// must be the one that was searched; for an image that is missing or broken, a grey square is
// drawn. Throws invalid_argument (options out of range, a collection of texts) and what
// Collection::read_images throws. Thread-safe.
std::vector<std::string> search_previews(const SearchResult& result, const Collection& collection,
                                         const SearchPreviewOptions& options);

}  // namespace sightline
