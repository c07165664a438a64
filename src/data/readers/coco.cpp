#include "data/readers/coco.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/json.h"
#include "data/readers/caption_files.h"
#include "data/readers/json_cells.h"
#include "data/readers/json_stream.h"

namespace sightline {
namespace {

using nlohmann::json;

class CocoReader {
 public:
  CocoReader(const std::filesystem::path& file, std::string split)
      : file_(file), name_(file.filename().string()), split_(std::move(split)) {}

  CaptionIndex read() {
    read_json_pieces(file_, [&](const JsonPiece& piece, const json& value) {
      if (piece.index >= 0 && piece.key == "images") add_image(piece.index, value);
      if (piece.index >= 0 && piece.key == "annotations") add_annotation(piece.index, value);
      return true;
    });
    assign_pending();
    return std::move(index_);
  }

 private:
  std::string location(const char* list, int64_t number) const {
    return name_ + ":" + list + "[" + std::to_string(number) + "]";
  }

  void add_image(int64_t number, const json& image) {
    const auto broken = [&](const std::string& problem) {
      index_.add_broken(location("images", number), problem);
    };
    if (!image.is_object()) return broken("the image is not a JSON object but " + shown(image));
    const std::string* path = text_member(image, "file_name");
    const auto id = scalar_member(image, "id");
    if (!path) return broken("the image has no string 'file_name'");
    if (!id) return broken("the image '" + *path + "' has no 'id'");
    if (const auto row = rows_.find(*id); row != rows_.end()) {
      if (index_.path(row->second) == *path) return;  // merged files list an image twice
      return broken("the image '" + *path + "' has the id " + *id + " of an earlier image");
    }
    std::map<std::string, std::string> extra;
    for (const auto& [key, value] : image.items()) {
      if (key == "id" || key == "file_name") continue;
      if (const auto text = scalar_text(value)) extra.emplace(key, *text);
    }
    extra["coco_id"] = *id;
    // convert_dataset() stores an id that cannot be a file name here.
    if (const auto source = extra.extract("source_id")) extra["id"] = source.mapped();
    if (!split_.empty()) extra.try_emplace("split", split_);
    rows_.emplace(*id, index_.add_image(*path, extra));
  }

  void add_annotation(int64_t number, const json& annotation) {
    const auto broken = [&](const std::string& problem) {
      index_.add_broken(location("annotations", number), problem);
    };
    if (!annotation.is_object()) {
      return broken("the annotation is not a JSON object but " + shown(annotation));
    }
    if (!annotation.contains("caption") && annotation.contains("category_id")) {
      throw Error(ErrorCode::invalid_data, "'", file_.string(),
                  "' contains object annotations, not captions; expected COCO's captions_*.json");
    }
    if (annotation.contains("caption") && annotation["caption"].is_null()) return;
    const std::string* caption = text_member(annotation, "caption");
    const auto image = scalar_member(annotation, "image_id");
    if (!image) return broken("the annotation has no 'image_id'");
    if (!caption)
      return broken("the annotation of the image " + *image + " has no string 'caption'");
    // Annotations that precede their image in the file are assigned at the end.
    if (const auto row = rows_.find(*image); row != rows_.end())
      index_.add_caption(row->second, *caption);
    else
      pending_.emplace_back(*image, *caption);
  }

  void assign_pending() {
    std::map<std::string, int64_t> unassigned;
    for (const auto& [image, caption] : pending_) {
      const auto row = rows_.find(image);
      if (row == rows_.end())
        ++unassigned[image];
      else
        index_.add_caption(row->second, caption);
    }
    for (const auto& [image, count] : unassigned) {
      index_.add_broken(name_ + ":" + image, "the file has " + std::to_string(count) +
                                                 (count == 1 ? " caption" : " captions") +
                                                 " for the image " + image +
                                                 ", which it does not list");
    }
  }

  std::filesystem::path file_;
  std::string name_, split_;
  CaptionIndex index_;
  std::unordered_map<std::string, size_t> rows_;              // by image id
  std::vector<std::pair<std::string, std::string>> pending_;  // image id, caption
};

}  // namespace

CaptionIndex read_coco(const std::filesystem::path& file, const std::string& split) {
  return CocoReader(file, split).read();
}

}  // namespace sightline
