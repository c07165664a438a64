#include <sightline/error.h>

#include <array>

#include "models/clip_vit.h"
#include "models/model_type.h"
#include "models/towers.h"

namespace sightline {

std::span<const ModelFamily> model_families() {
  static const std::array families = {clip_vit_family()};
  return families;
}

const ModelFamily& find_family(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    throw Error(ErrorCode::not_found, "there is no model directory '" + directory.string() + "'");
  }
  std::string known;
  for (const ModelFamily& family : model_families()) {
    if (family.matches(directory)) return family;
    known += (known.empty() ? "" : ", ") + std::string(family.name);
  }
  const std::string found = model_type(directory).value_or("");
  throw Error(ErrorCode::unsupported,
              "'" + directory.string() + "' is no model of a known family (" + known +
                  "): expected a config.json with the model_type \"clip\" or none, found " +
                  (found.empty() ? "no config.json" : "the model_type " + found));
}

}  // namespace sightline
