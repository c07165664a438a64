#include "base/spec_label.h"

#include <sightline/error.h>

#include <filesystem>

namespace sightline {

LabeledSpec split_label(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  for (const char* key : {"text=", "image=", "seed=", "projection="}) {
    if (text.starts_with(key)) return {"", text};
  }
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(text, ignored))) return {"", text};
  if (equals == 0 || equals + 1 == text.size())
    throw Error(ErrorCode::invalid_argument, "expected NAME=PATH, found '", text, "'");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace sightline
