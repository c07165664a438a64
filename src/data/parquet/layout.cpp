#include "data/parquet/layout.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/json.h"
#include "data/columns/label_columns.h"
#include "data/columns/text_columns.h"
#include "data/parquet/columns.h"
#include "data/readers/columns.h"

namespace sightline {
namespace {

namespace cells = parquet_cells;
using nlohmann::json;
using Names = std::vector<std::string>;

constexpr std::array kImageNames = {"image", "images", "img",     "jpg",    "jpeg",       "png",
                                    "webp",  "photo",  "picture", "pixels", "image_bytes"};
constexpr std::array kPathNames = {"file_name",  "filename",   "filepath",
                                   "file_path",  "image_path", "image_name",
                                   "image_file", "img_path",   "path"};
constexpr std::array kUrlNames = {"url", "image_url", "img_url", "image_link", "coco_url"};

// Returns "image: binary, text: string" on one line.
std::string described(const arrow::Schema& schema) {
  Names columns;
  for (const auto& field : schema.fields())
    columns.push_back(field->name() + ": " + field->type()->ToString());
  return join_names(columns);
}

std::string requested_image(const arrow::Schema& schema, const std::string& requested,
                            const std::string& file) {
  const std::string name = find_name(schema.field_names(), requested);
  if (name.empty()) {
    throw Error(ErrorCode::not_found, "'", file, "' has no image column '", requested,
                "'; found: ", join_names(schema.field_names()));
  }
  const auto& type = *schema.GetFieldByName(name)->type();
  if (!cells::holds_images(type)) {
    throw Error(ErrorCode::invalid_data, "'", file, "': the image column '", name,
                "' has the type ", type.ToString(),
                "; expected bytes, paths, or a struct of bytes and path");
  }
  return name;
}

template <typename Usual, typename Accepts>
std::string first_usual(const arrow::Schema& schema, const Usual& usual, const Accepts& accepts) {
  for (const char* wanted : usual) {
    const std::string name = find_name(schema.field_names(), wanted);
    if (!name.empty() && accepts(*schema.GetFieldByName(name)->type())) return name;
  }
  return {};
}

std::string image_column(const arrow::Schema& schema, const std::string& requested,
                         const std::string& file) {
  if (!requested.empty()) return requested_image(schema, requested, file);
  Names structs, binaries;
  for (const auto& field : schema.fields()) {
    const auto& type = *field->type();
    if (cells::holds_image_structs(type)) structs.push_back(field->name());
    if (cells::holds_bytes(type) && !cells::holds_text(type)) binaries.push_back(field->name());
  }
  auto name = first_usual(schema, kImageNames, cells::holds_images);
  if (!name.empty()) return name;
  if (structs.size() == 1) return structs.front();
  if (structs.empty() && binaries.size() == 1) return binaries.front();
  name = first_usual(schema, kPathNames, cells::holds_text);
  if (!name.empty()) return name;
  name = first_usual(schema, kUrlNames, cells::holds_text);
  if (!name.empty()) {
    throw Error(ErrorCode::unsupported, "'", file, "' has only URLs of images (column '", name,
                "')", kDownloadAdvice);
  }
  throw Error(
      ErrorCode::invalid_data, "'", file,
      "': expected an image column with bytes, paths, or a struct of bytes and path, or the "
      "name of the image column; found: ",
      described(schema));
}

// Returns the features that Hugging Face datasets describe in the metadata; null without them.
json hugging_face_features(const arrow::Schema& schema) {
  const auto metadata = schema.metadata();
  const int at = metadata ? metadata->FindKey("huggingface") : -1;
  if (at < 0) return nullptr;
  try {
    return parse_json(metadata->value(at), "huggingface").at("info").at("features");
  } catch (const json::exception&) {
    return nullptr;
  } catch (const Error&) {
    return nullptr;
  }
}

// Returns the names of the classes of a feature. A feature in another form has no classes.
std::optional<Names> classes_of(const json& feature) {
  if (!feature.is_object() || !feature.contains("_type") || feature["_type"] != "ClassLabel")
    return {};
  try {
    return feature.at("names").get<Names>();
  } catch (const json::exception&) {
    return {};
  }
}

// Returns the feature of the items of a list: [F], or {"feature": F}.
const json& item_feature(const json& feature) {
  static const json none;
  if (feature.is_array() && feature.size() == 1) return feature[0];
  return feature.is_object() && feature.contains("feature") ? feature["feature"] : none;
}

// Sets the names of the classes, and adds the columns of lists of labels.
void find_classes(const arrow::Schema& schema, TableLayout& layout) {
  const json features = hugging_face_features(schema);
  const bool known = features.is_object();
  for (const auto& field : schema.fields()) {
    const auto& name = field->name();
    const json feature = known && features.contains(name) ? features[name] : json();
    if (arrow::is_integer(field->type()->id())) {
      if (auto names = classes_of(feature)) layout.classes[name] = std::move(*names);
    } else if (cells::holds_labels(*field->type()) && is_label_column(name)) {
      layout.list_classes[name] = classes_of(item_feature(feature)).value_or(Names());
    }
  }
}

// A requested column of another type is refused by name and type.
void check_requested(const arrow::Schema& schema, const Names& requested, const Names& candidates,
                     const std::string& file) {
  for (const auto& wanted : requested) {
    const std::string name = find_name(schema.field_names(), wanted);
    const bool usable = std::find(candidates.begin(), candidates.end(), name) != candidates.end();
    if (name.empty() || usable) continue;
    throw Error(ErrorCode::invalid_data, "'", file, "': the text column '", name, "' has the type ",
                schema.GetFieldByName(name)->type()->ToString(),
                "; expected texts, lists of texts or class labels");
  }
}

Names text_columns(const arrow::Schema& schema, const DatasetOptions& options,
                   const TableLayout& layout, const std::string& file) {
  Names texts, binaries, labels;
  for (const auto& field : schema.fields()) {
    const auto& name = field->name();
    if (name == layout.columns.image || name == "split") continue;
    if (cells::holds_texts(*field->type()))
      texts.push_back(name);
    else if (cells::holds_bytes(*field->type()))
      binaries.push_back(name);  // as some writers store text
    else if (layout.classes.contains(name))
      labels.push_back(name);
  }
  if (!options.text_columns.empty()) {
    texts.insert(texts.end(), binaries.begin(), binaries.end());
    texts.insert(texts.end(), labels.begin(), labels.end());
    check_requested(schema, options.text_columns, texts, file);
  }
  Names found = choose_text_columns(texts, options.text_columns, file);
  if (found.empty()) {
    if (auto usual = usual_text_column(binaries); !usual.empty()) found = {usual};
  }
  return found;
}

}  // namespace

TableLayout find_table_layout(const arrow::Schema& schema, const DatasetOptions& options,
                              const std::string& file) {
  // Column names must be unique, since cells are looked up by name.
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (!names.insert(field->name()).second) {
      throw Error(ErrorCode::invalid_data, "'", file, "': the column '", field->name(),
                  "' appears twice");
    }
  }
  TableLayout layout;
  find_classes(schema, layout);
  DatasetColumns& columns = layout.columns;
  columns.image = image_column(schema, options.image_column, file);
  layout.texts = text_columns(schema, options, layout, file);
  columns.text = layout.texts.empty() ? "" : join_names(layout.texts);
  columns.list_captions = layout.texts.size() > 1;
  const std::set<std::string> taken(layout.texts.begin(), layout.texts.end());
  for (const auto& field : schema.fields()) {
    const auto& name = field->name();
    const auto& type = *field->type();
    if (name == "split" && (cells::holds_text(type) || layout.classes.contains(name)))
      columns.split = name;
    if (taken.contains(name) && !cells::holds_bytes(type) && !layout.classes.contains(name))
      columns.list_captions = true;
    if (name == columns.image || taken.contains(name)) continue;
    if (cells::holds_scalars(type) || layout.list_classes.contains(name))
      columns.extra.push_back(name);
  }
  layout.names = columns.extra;  // includes "split"
  layout.names.push_back(columns.image);
  layout.names.insert(layout.names.end(), layout.texts.begin(), layout.texts.end());
  return layout;
}

}  // namespace sightline
