#include "data/readers/karpathy.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "data/readers/caption_files.h"
#include "data/readers/json_cells.h"
#include "data/readers/json_stream.h"

namespace sightline {
namespace {

using nlohmann::json;

// Returns the original sentence, or else its tokens joined by spaces.
std::optional<std::string> sentence_text(const json& sentence) {
  if (!sentence.is_object()) return std::nullopt;
  if (const auto* raw = text_member(sentence, "raw")) return *raw;
  const auto tokens = sentence.find("tokens");
  if (tokens == sentence.end()) return std::nullopt;
  const Cell cell = to_cell(*tokens);
  if (cell.kind != Cell::Kind::list) return std::nullopt;
  std::string text;
  for (const auto& token : cell.list) text += (text.empty() ? "" : " ") + token;
  return text;
}

void add_image(CaptionIndex& index, const std::string& location, const json& image) {
  if (!image.is_object()) {
    index.add_broken(location, "the image is not a JSON object but " + shown(image));
    return;
  }
  const std::string* name = text_member(image, "filename");
  if (!name) {
    index.add_broken(location, "the image has no string 'filename'");
    return;
  }
  const std::string* folder = text_member(image, "filepath");
  const std::string path = folder && !folder->empty() ? *folder + "/" + *name : *name;
  std::vector<std::string> captions;
  const auto sentences = image.find("sentences");
  if (sentences == image.end() || !sentences->is_array()) {
    index.add_broken(path, "the image has no list 'sentences'");
    return;
  }
  for (const json& sentence : *sentences) {
    const auto text = sentence_text(sentence);
    if (!text) {
      index.add_broken(path,
                       "a sentence has neither a string 'raw' nor a list of strings 'tokens': " +
                           shown(sentence));
      return;
    }
    captions.push_back(*text);
  }
  std::map<std::string, std::string> extra;
  for (const auto& [key, value] : image.items()) {
    if (key == "filename" || key == "filepath") continue;
    if (const auto text = scalar_text(value)) extra.emplace(key, *text);
  }
  const size_t row = index.add_image(path, extra);
  for (const auto& caption : captions) index.add_caption(row, caption);
}

}  // namespace

CaptionIndex read_karpathy(const std::filesystem::path& file) {
  CaptionIndex index;
  const std::string name = file.filename().string();
  read_json_pieces(file, [&](const JsonPiece& piece, const json& value) {
    if (piece.index >= 0 && piece.key == "images") {
      add_image(index, name + ":images[" + std::to_string(piece.index) + "]", value);
    }
    return true;
  });
  return index;
}

}  // namespace sightline
