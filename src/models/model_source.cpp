#include "models/model_source.h"

#include <sightline/error.h>

#include <array>

#include "models/layouts.h"
#include "models/model_type.h"

namespace sightline {

namespace fs = std::filesystem;

std::span<const ModelLayout> model_layouts() {
  static const std::array layouts = {huggingface_layout(), open_clip_layout()};
  return layouts;
}

ModelSource open_model(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    throw Error(ErrorCode::not_found, "there is no model directory '" + path.string() + "'");
  }
  for (const ModelLayout& layout : model_layouts()) {
    if (!layout.matches(path)) continue;
    ModelSource source = layout.open(path);
    source.path = path;
    source.layout = layout.name;
    return source;
  }
  const std::string found = model_type(path).value_or("");
  throw Error(ErrorCode::unsupported,
              "'" + path.string() + "' is no model of a known layout and family: expected a "
              "config.json with the model_type \"clip\" or none, found " +
                  (found.empty() ? "no config.json" : "the model_type " + found));
}

void throw_wrong_config(const ModelSource& source) {
  throw Error(ErrorCode::internal, "the config that layout '" + source.layout + "' read from '" +
                                       source.path.string() + "' is not one of family '" +
                                       source.family + "'");
}

}  // namespace sightline
