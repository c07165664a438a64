// Plain writing of data set folders: no file of theirs is complete before the last one is, so each
// need not be atomic, and thousands of fsyncs are saved.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace sightline {

// Creates or replaces the file. Throws io.
void write_file(const std::filesystem::path& path, std::span<const uint8_t> content);

}  // namespace sightline
