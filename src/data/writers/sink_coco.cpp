// Writes COCO: annotations/captions_SPLIT.json and SPLIT/, or annotations/captions.json and images/
// if the rows have no splits.
#include "data/writers/sink_coco.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"
#include "data/writers/new_folder.h"
#include "data/writers/sink_names.h"
#include "data/writers/sinks.h"
#include "data/writers/write_file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMaxSplits = 64;

std::string safe_split(std::string split) {
  for (char& c : split) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '_';
    if (!kept) c = '_';
  }
  return split.substr(0, 100);
}

bool is_integer(const std::string& text) {
  return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos &&
         (text == "0" || text[0] != '0');
}

class CocoSink : public Sink {
 public:
  explicit CocoSink(const fs::path& folder) : out_(folder), folder_(out_.path()) {
    make_folder(folder_ / "annotations");
  }

  void add(const Row& row) override {
    const auto split = row.extra.find("split");
    Part& part = part_of(split == row.extra.end() ? std::string() : split->second);
    const std::string& id = output_id(row);
    const std::string name = part.names.file_name(id, extension_of(row.image));
    make_folder((part.image_folder / name).parent_path());
    write_file(part.image_folder / name, row.image);
    const int64_t number = image_id(row);
    Json image = {{"id", number}, {"file_name", name}};
    if (name != id) image["source_id"] = id;
    for (const auto& [key, value] : row.extra) {
      if (key == "coco_id" || key == "id") continue;
      const bool numeric = (key == "width" || key == "height" || key == "license");
      if (numeric && is_integer(value))
        image.emplace(key, std::stoll(value));
      else
        image.emplace(key, value);
    }
    append(part.images, image);
    for (const auto& caption : row.captions) {
      append(part.annotations, {{"image_id", number}, {"id", ++annotation_}, {"caption", caption}});
    }
  }

  void finish() override {
    for (const auto& [split, part] : parts_) {
      const std::string text = "{\"info\": {}, \"licenses\": [],\n\"images\": [\n" + part.images +
                               "\n],\n\"annotations\": [\n" + part.annotations + "\n]}\n";
      write_file(folder_ / "annotations" / part.file, bytes_of(std::string_view(text)));
    }
    out_.finish();
  }

 private:
  struct Part {
    fs::path image_folder;
    std::string file, images, annotations;
    UniqueNames names;
  };

  Part& part_of(const std::string& split) {
    const std::string name = safe_split(split);
    const auto [at, fresh] = parts_.try_emplace(name);
    if (fresh) {
      if (parts_.size() > kMaxSplits) {
        throw Error(ErrorCode::limit_exceeded, "the rows have more than ", kMaxSplits, " splits");
      }
      at->second.file = name.empty() ? "captions.json" : "captions_" + name + ".json";
      at->second.image_folder = folder_ / (name.empty() ? "images" : name);
      make_folder(at->second.image_folder);
    }
    return at->second;
  }

  // Returns the row's own number if it is unused, else a new one: COCO ids are numbers.
  int64_t image_id(const Row& row) {
    const auto own = row.extra.find("coco_id");
    if (own != row.extra.end() && is_integer(own->second)) {
      const int64_t number = std::stoll(own->second);
      if (ids_.insert(number).second) return number;
    }
    while (!ids_.insert(++next_id_).second) {
    }
    return next_id_;
  }

  static void append(std::string& list, const Json& item) {
    if (!list.empty()) list += ",\n";
    list += json_text(item);
  }

  NewFolder out_;
  fs::path folder_;                    // out_.path()
  std::map<std::string, Part> parts_;  // by split; the metadata is written at the end
  std::set<int64_t> ids_;
  int64_t next_id_ = 0, annotation_ = 0;
};

}  // namespace

std::unique_ptr<Sink> coco_sink(const fs::path& to) {
  return std::make_unique<CocoSink>(to);
}

}  // namespace sightline
