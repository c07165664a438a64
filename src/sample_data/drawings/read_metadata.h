// Reads the metadata of SVG files.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sample_data/drawings/drawing.h"

namespace sightline {

// Reads title, keywords, creator and licence from the first RDF element Work of an SVG document
// (Dublin Core in RDF/XML, as the Open Clip Art Library and Inkscape write it). Elements are
// recognized by their local names, because the files use several namespaces for them. White space
// is collapsed, and texts that were escaped or encoded twice are repaired. What the document lacks
// is empty; so is everything if there is an XML error before the element's end or shortly after.
// Loads no other files. Throws nothing about the document.
Drawing read_metadata(std::span<const uint8_t> document, std::string path);

}  // namespace sightline
