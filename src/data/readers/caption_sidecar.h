// Captions in a text file next to each image: a.txt for a.jpg, as img2dataset's output "files" has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Returns the captions of an image, one per line of the file; none if there is no file. Throws io,
// limit_exceeded (more than 1 MiB), invalid_data (not text).
std::vector<std::string> read_caption_sidecar(const std::filesystem::path& image);

}  // namespace sightline
