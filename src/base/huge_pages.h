// Large pages for mapped files.
#pragma once

#include <cstdint>
#include <span>

namespace sightline {

// Asks that the pages of a mapped file be read and mapped in units of 2 MiB where the system and
// the file system can. Pages that are cached already in smaller units stay as they are. For bytes
// that are read as a whole: reading one of them may read 2 MiB. A hint without effect elsewhere.
void prefer_huge_pages(std::span<const uint8_t> mapped);

}  // namespace sightline
