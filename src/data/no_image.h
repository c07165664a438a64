// The error for a folder or data set without images, the same in every command.
#pragma once

#include <sightline/error.h>

#include <filesystem>
#include <string>

#include "base/text.h"

namespace sightline {

// Returns "there is no image in 'PATH'".
inline std::string no_image_in(const std::filesystem::path& path) {
  return "there is no image in " + quoted(path);
}

// Throws not_found with this text and `advice`. (Inline: the Parquet plugin links only base.)
[[noreturn]] inline void throw_no_image(const std::filesystem::path& path,
                                        const std::string& advice = {}) {
  throw Error(ErrorCode::not_found, no_image_in(path), advice);
}

}  // namespace sightline
