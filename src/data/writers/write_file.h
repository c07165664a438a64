// Non-atomic file writing for data set folders. A folder appears under its name when it is complete
// (new_folder.h), so atomic writes of single files would only cost thousands of fsyncs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace sightline {

// Creates or replaces the file. Throws io with the reason.
void write_file(const std::filesystem::path& path, std::span<const uint8_t> content);

}  // namespace sightline
