#include "data/readers/caption_files.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "data/readers/caption_index.h"
#include "data/readers/coco.h"
#include "data/readers/flickr.h"
#include "data/readers/index_dataset.h"
#include "data/readers/json_stream.h"
#include "data/readers/json_table.h"
#include "data/readers/karpathy.h"
#include "data/readers/line_reader.h"
#include "data/readers/table.h"
#include "image/extensions.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxSniffedLine = 1 << 16;

// Decides by the first element that identifies a format.
std::optional<std::string> json_format(const fs::path& file) {
  if (json_table_kind(file) == JsonTable::lines) return "json";
  std::optional<std::string> format;
  const auto inspect = [&](const JsonPiece& piece, const json& value) {
    if (image::has_image_extension(piece.key)) format = "json";  // a map from images to captions
    if (piece.index < 0 || !value.is_object()) return !format && piece.index < 8;
    if (piece.key.empty()) format = "json";
    if (piece.key == "images") format = value.contains("sentences") ? "karpathy" : "coco";
    if (piece.key == "annotations" && value.contains("image_id")) format = "coco";
    return !format;
  };
  read_json_pieces(file, inspect);
  return format;
}

std::optional<std::string> text_format(const fs::path& file) {
  LineReader lines(file, kMaxSniffedLine);
  std::string line;
  while (line.empty() && lines.next(line)) {
  }
  const size_t tab = line.find('\t');
  if (tab != line.npos && line.substr(0, tab).find('#') != line.npos) return "flickr";
  if (line.starts_with("image_name|")) return "flickr";
  const size_t bar = line.find(".jpg|");
  if (bar != line.npos && line.find(',') > bar) return "flickr";
  if (line.find_first_of(",\t;|") != line.npos) return "csv";
  return std::nullopt;
}

// Returns "val2017" for captions_val2017.json.
std::string coco_split(const fs::path& file) {
  const std::string stem = file.stem().string();
  constexpr std::string_view kBegin = "captions_";
  return stem.starts_with(kBegin) ? stem.substr(kBegin.size()) : std::string();
}

// Returns the usual image folders relative to a metadata file of this format. A folder above the
// file's own is included only if it belongs to the data set, so that metadata cannot open unrelated
// images.
std::vector<fs::path> usual_folders(const std::string& format, const fs::path& file) {
  const fs::path here = file.parent_path().empty() ? "." : file.parent_path();
  const bool in_annotations = here.lexically_normal().filename() == "annotations";
  const fs::path above = in_annotations ? here / ".." : here;
  std::vector<fs::path> folders = {here, here / "images", here / "Images"};
  if (format == "coco") {  // annotations/captions_val2017.json and val2017/
    const std::string split = coco_split(file), stem = file.stem().string();
    const std::string name = split.empty() ? stem.substr(stem.rfind('_') + 1) : split;
    folders = {above / name, above / "images" / name, here / name, above / "images", above, here};
  } else {
    for (const char* name :
         {"Flicker8k_Dataset", "Flickr8k_Dataset", "flickr8k_images", "flickr30k_images",
          "flickr30k-images", "Flickr30k_images", "flickr30k_images/flickr30k_images"}) {
      folders.push_back(here / name);
      if (format == "flickr" || format == "karpathy") folders.push_back(here / ".." / name);
    }
    folders.push_back(above / "images");
    folders.push_back(above);
  }
  for (auto& folder : folders) folder = folder.lexically_normal();
  return folders;
}

ImageRoot root_of(const std::string& format, const fs::path& file, const CaptionIndex& index,
                  const DatasetOptions& options) {
  const bool given = !options.image_root.empty();
  std::vector<fs::path> folders = usual_folders(format, file);
  if (given) folders = {options.image_root};
  std::vector<ImageRoot> roots;
  for (const auto& folder : folders) {
    roots.push_back({folder, false});
    // "val2014/x.jpg" may be stored in val2014/ or in a flat folder; Karpathy's file names are
    // unique without the folder too.
    if (format == "karpathy") roots.push_back({folder, true});
  }
  std::error_code ignored;
  if (given && !fs::is_directory(options.image_root, ignored)) {
    throw Error(ErrorCode::not_found, "there is no image folder '", options.image_root.string(),
                "'");
  }
  return find_image_root(index, roots, file);
}

}  // namespace

std::optional<std::string> caption_file_format(const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".json") return json_format(file);
  if (extension == ".jsonl") return "json";
  if (extension == ".csv" || extension == ".tsv" || extension == ".txt" || extension == ".token") {
    return text_format(file);
  }
  return std::nullopt;
}

std::unique_ptr<Dataset> open_caption_files(const std::string& format,
                                            const std::vector<fs::path>& files,
                                            const DatasetOptions& options) {
  const bool table = format == "csv" || format == "json";
  if (!table && !(options.text_columns.empty() && options.image_column.empty())) {
    throw Error(ErrorCode::invalid_argument, "'", files.front().string(), "' has the format ",
                format, ", which has no columns to choose from");
  }
  IndexSource source;
  source.format = format;
  source.path = files.front();
  source.image_column = format == "karpathy" ? "filename" : "file_name";
  source.text_column = format == "karpathy" ? "sentences" : "caption";
  for (const auto& file : files) {
    IndexPart part;
    TableColumns columns{source.image_column, source.text_column};
    if (format == "coco") part.index = read_coco(file, coco_split(file));
    if (format == "karpathy") part.index = read_karpathy(file);
    if (format == "flickr") part.index = read_flickr(file);
    if (table) part.index = read_table(file, format == "json", options, columns);
    if (part.index.size() == 0) {
      throw Error(ErrorCode::invalid_data, "'", file.string(), "' lists no image");
    }
    source.image_column = columns.image;
    source.text_column = columns.text;
    part.root = root_of(format, file, part.index, options);
    source.parts.push_back(std::move(part));
  }
  return open_index(std::move(source), options);
}

}  // namespace sightline
