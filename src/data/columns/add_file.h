// Hashes what identifies a file, without reading all of a large one.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/hash.h"

namespace sightline {

// Adds a text and its length.
void add_text(Sha256& hash, std::string_view text);

// Adds the name, the size and the content of a file; of a file larger than 16 MiB the first and the
// last 64 KiB, where archives and tables have headers and footers. Throws not_found, io.
void add_file(Sha256& hash, const std::filesystem::path& file);

}  // namespace sightline
