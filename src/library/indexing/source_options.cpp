#include "library/indexing/source_options.h"

#include <sightline/error.h>

#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"

namespace sightline::library {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Json folder_json(const FolderOptions& options) {
  return {{"exclude", options.exclude}, {"include_hidden", options.include_hidden}};
}

FolderOptions folder_of(const json& value) {
  return {value.value("exclude", std::vector<std::string>()), value.value("include_hidden", false)};
}

template <typename Parse>
auto parsed(const std::string& path, const std::string& text, const Parse& parse) {
  try {
    const JsonParse options = try_parse_json(text);
    if (options.problem.empty() && options.value.is_object()) return parse(options.value);
  } catch (const json::exception&) {  // a value of another type
  }
  constexpr size_t kShown = 60;
  throw Error(ErrorCode::invalid_data, "the catalogue's options of ", quoted(fs::path(path)),
              " are damaged: expected a JSON object written by 'sightline index', found '",
              printable(text, kShown), "'");
}

}  // namespace

std::string folder_options_json(const FolderOptions& options) {
  return json_text(folder_json(options));
}

FolderOptions parse_folder_options(const std::string& path, const std::string& text) {
  return parsed(path, text, folder_of);
}

std::string dataset_options_json(const DatasetInput& input) {
  const DatasetOptions& options = input.options;
  return json_text(Json{{"format", options.format},
                        {"image_column", options.image_column},
                        {"text_columns", options.text_columns},
                        {"image_root", path_id(options.image_root)},
                        {"max_captions", options.max_captions},
                        {"merge_repeated_images", options.merge_repeated_images},
                        {"split", options.split},
                        {"splits", input.splits},
                        {"folder", folder_json(options.folder)}});
}

DatasetInput parse_dataset_options(const std::string& path, const std::string& text) {
  return parsed(path, text, [&](const json& value) {
    DatasetInput input;
    input.path = path;
    input.options.format = value.value("format", std::string());
    input.options.image_column = value.value("image_column", std::string());
    input.options.text_columns = value.value("text_columns", std::vector<std::string>());
    input.options.image_root = path_of_id(value.value("image_root", std::string()));
    input.options.max_captions = value.value("max_captions", int64_t{0});
    input.options.merge_repeated_images = value.value("merge_repeated_images", true);
    input.options.split = value.value("split", std::string());
    input.splits = value.value("splits", std::vector<std::string>());
    input.options.folder = folder_of(value.value("folder", json::object()));
    return input;
  });
}

}  // namespace sightline::library
