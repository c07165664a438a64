#include "models/model_type.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/json.h"

namespace sightline {

namespace {

// config.json as an object; null where there is no such file.
nlohmann::json read_config(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  std::error_code error;
  if (std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found) {
    return nullptr;
  }
  auto root = parse_json(read_text_file(path, 1 << 20), path.string());
  if (!root.is_object()) {
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' is not a JSON object");
  }
  return root;
}

}  // namespace

std::optional<std::string> model_type(const std::filesystem::path& directory) {
  const auto root = read_config(directory);
  if (root.is_null()) return std::nullopt;
  const auto type = root.find("model_type");
  return type == root.end() ? "none" : shown(*type);
}

bool is_timm_config(const std::filesystem::path& directory) {
  const auto root = read_config(directory);
  return root.is_object() && !root.contains("model_type") && root.contains("architecture");
}

}  // namespace sightline
