#include "train/tokenizer/writer_parts.h"

namespace sightline {

std::string json_string(const std::string& text) {
  return Json(text).dump();
}

std::string vocab_json(const std::vector<std::string>& tokens, const std::string& indent) {
  std::string out = "{";
  for (size_t id = 0; id < tokens.size(); ++id) {
    out +=
        (id ? ",\n" : "\n") + indent + "  " + json_string(tokens[id]) + ": " + std::to_string(id);
  }
  return out + "\n" + indent + "}";
}

Json added_token(std::string_view content, size_t id, bool normalized) {
  return {{"id", id},        {"content", content},       {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", normalized}, {"special", true}};
}

std::string open_object(const Json& object) {
  std::string text = object.dump(2);
  text.resize(text.rfind('\n'));
  return text;
}

}  // namespace sightline
