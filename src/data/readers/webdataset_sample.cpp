#include "data/readers/webdataset_sample.h"

#include <sightline/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "data/columns/label_columns.h"
#include "data/columns/text_columns.h"
#include "data/readers/columns.h"
#include "data/readers/json_cells.h"
#include "image/extensions.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr size_t kMaxEntries = 1000;
constexpr char kKeyAdvice[] =
    "; a key ends at the first dot of the file name, so keys must not contain dots";

// Returns the position in the order of preference, or -1 if this is not the extension of an image.
int image_rank(const std::string& extension, const std::string& wanted) {
  if (!wanted.empty()) return extension == lower(wanted) ? 0 : -1;
  const auto known = image::extensions();
  if (extension == "img") return static_cast<int>(known.size());  // an image of unknown format
  const auto found = std::find(known.begin(), known.end(), extension);
  return found == known.end() ? -1 : static_cast<int>(found - known.begin());
}

// Returns whether this is one image of several: "0.jpg".
bool is_numbered_image(const std::string& extension) {
  const size_t dot = image::extension_position(extension);
  return dot > 0 && dot < extension.size() && extension.find_first_not_of("0123456789") == dot;
}

// Returns one caption per line; blank lines are skipped.
std::vector<std::string> captions_of(const std::string& text) {
  std::vector<std::string> lines = split_lines(text);
  std::erase_if(lines, [](const std::string& line) { return trimmed(line, " \t").empty(); });
  return lines;
}

using Cells = std::map<std::string, Cell>;

std::vector<std::string> names_of(const Cells& cells, std::optional<Cell::Kind> kind = {}) {
  std::vector<std::string> names;
  for (const auto& [name, cell] : cells) {
    if (!kind || cell.kind == *kind) names.push_back(name);
  }
  return names;
}

}  // namespace

std::optional<EntryName> split_entry_name(const std::string& name) {
  const size_t start = name.starts_with("./") ? 2 : 0;
  const size_t slash = name.rfind('/');
  const size_t base = std::max(slash == name.npos ? 0 : slash + 1, start);
  const size_t dot = name.find('.', base);
  if (dot == name.npos || dot == base || dot + 1 == name.size()) return std::nullopt;
  return EntryName{name.substr(start, dot - start), lower(name.substr(dot + 1))};
}

void WebSample::add(const std::string& extension, TarShard& shard) {
  if (!problem_.empty()) return;
  if (!extensions_.insert(extension).second) {
    problem_ = "the shard has two entries '" + key_ + "." + extension + "'";
  } else if (extensions_.size() > kMaxEntries) {
    problem_ = "the sample has more than " + std::to_string(kMaxEntries) + " entries" + kKeyAdvice;
  } else {
    try {
      read_entry(extension, shard);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::limit_exceeded) throw;
      problem_ = error.what();
    }
  }
}

void WebSample::read_entry(const std::string& extension, TarShard& shard) {
  const auto text = [&] { return read_text(extension, shard); };
  if (extension == "json") {
    json_ = text();
  } else if (extension == "cls") {
    cls_ = text();
  } else if (is_text(extension)) {
    texts_[extension] = text();
  } else if (const int rank = image_rank(extension, options_.image_column); rank >= 0) {
    if (image_rank_ >= 0 && image_rank_ < rank) return;
    image_ = shard.read(options_.max_image_bytes);
    image_rank_ = rank;
  } else if (options_.image_column.empty() && is_numbered_image(extension)) {
    if (numbered_images_++ == 0 && image_rank_ < 0) image_ = shard.read(options_.max_image_bytes);
  }
}

std::string WebSample::read_text(const std::string& extension, TarShard& shard) {
  const auto bytes = shard.read(kMaxRecordBytes);
  try {
    return decode_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                       key_ + "." + extension);
  } catch (const Error& error) {
    problem_ = error.what();
    return {};
  }
}

// Returns why the sample has not exactly one image, or "".
std::string WebSample::image_problem() const {
  if (image_rank_ >= 0 || numbered_images_ == 1) return {};
  const std::string names = join_names({extensions_.begin(), extensions_.end()}).substr(0, 200);
  if (numbered_images_ > 1) {
    return "the sample has several images; name one with --image-column; its entries are: " + names;
  }
  const bool dotted = std::any_of(extensions_.begin(), extensions_.end(), [](const auto& name) {
    return image::has_image_extension(name);
  });
  return "the sample has no image; its entries are: " + names + (dotted ? kKeyAdvice : "");
}

bool WebSample::is_text(const std::string& extension) const {
  const auto& names = options_.text_columns;
  if (names.empty()) return extension == "txt";
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return lower(name) == extension; });
}

Row WebSample::finish(const std::string& split) {
  Row row;
  row.id = key_;
  if (problem_.empty()) problem_ = image_problem();
  if (problem_.empty()) {
    try {
      choose_captions(row);
    } catch (const Error& error) {
      problem_ = error.what();
    }
  }
  if (!problem_.empty()) {
    Row broken;
    broken.id = key_;
    broken.error = problem_;
    return broken;
  }
  if (cls_) {
    const auto lines = captions_of(*cls_);
    row.extra["cls"] = lines.empty() ? "" : lines.front();
  }
  if (!split.empty()) row.extra.try_emplace("split", split);
  row.image = std::move(image_);
  return row;
}

void WebSample::choose_captions(Row& row) {
  Cells cells;
  if (json_) {
    const auto [value, problem] = try_parse_json(*json_);
    if (!problem.empty()) throw Error(ErrorCode::invalid_data, "'", key_, ".json' ", problem);
    if (!value.is_object()) {
      throw Error(ErrorCode::invalid_data, "'", key_, ".json' is not a JSON object but ",
                  shown(value));
    }
    for (const auto& [name, item] : value.items()) cells.emplace(name, to_cell(item));
  }
  std::set<const Cell*> chosen;
  const auto add_cell = [&](const Cell& cell) {
    chosen.insert(&cell);
    row.captions.insert(row.captions.end(), cell.list.begin(), cell.list.end());
    if (cell.kind == Cell::Kind::text) row.captions.push_back(cell.text);
  };
  const auto add_text = [&](const std::string& text) {
    for (auto& caption : captions_of(text)) row.captions.push_back(std::move(caption));
  };
  for (const auto& name : options_.text_columns) {
    if (const auto entry = texts_.find(lower(name)); entry != texts_.end())
      add_text(entry->second);
    else if (const auto member = cells.find(find_name(names_of(cells), name));
             member != cells.end())
      add_cell(member->second);
    else
      continue;  // no caption, and the image remains a candidate
    found_texts_.insert(name);
  }
  if (options_.text_columns.empty()) {
    auto usual = usual_text_columns(names_of(cells, Cell::Kind::list));
    if (usual.empty() && texts_.empty())
      usual = usual_text_columns(names_of(cells, Cell::Kind::text));
    for (const auto& name : usual) add_cell(cells.at(name));
    if (usual.empty() && !texts_.empty()) add_text(texts_.begin()->second);
  }
  for (const auto& [name, cell] : cells) {
    const bool scalar = cell.kind == Cell::Kind::text || cell.kind == Cell::Kind::scalar;
    if (chosen.contains(&cell)) continue;
    if (scalar)
      row.extra.emplace(name, cell.text);
    else if (has_labels(cell) && is_label_column(name))
      row.extra.emplace(name, label_list_text(cell.list));
  }
}

}  // namespace sightline
