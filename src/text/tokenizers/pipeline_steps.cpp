#include "text/tokenizers/pipeline_steps.h"

#include <sightline/error.h>

#include <memory>

#include "base/base64.h"
#include "base/json.h"
#include "base/utf8.h"
#include "text/cleaning/canonicalize.h"
#include "text/tokenizers/json_steps.h"
#include "text/unicode/nfc.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

using nlohmann::json;
using unicode::Flavor;

[[noreturn]] void unknown_step(const std::string& path, const char* part, const json& step) {
  throw Error(ErrorCode::unsupported, path, ": ", part, " step '",
              string_of(step, "type", "(no type)"), "' is not implemented: ", shown(step));
}

// Returns a step that maps code points.
template <typename Map>
Normalizer code_point_step(const Map& map) {
  return [map](const std::string& text) {
    return unicode::encode_utf8(map(unicode::decode_utf8(text)));
  };
}

// The text that a step inserts.
std::string inserted_text(const json& step, const char* key, const std::string& path) {
  const std::string text = string_of(step, key);
  if (text.size() <= kLongestReplacement) return text;
  throw Error(ErrorCode::limit_exceeded, path, ": normalizer step '", string_of(step, "type"),
              "' inserts ", text.size(), " bytes, at most ", kLongestReplacement, " are possible");
}

Normalizer replace_step(const json& step, const std::string& path) {
  const std::string to = inserted_text(step, "content", path), regex = regex_of(step);
  const auto runs = [&](bool (*matches)(char32_t), size_t least) -> Normalizer {
    return [=](const std::string& text) { return replace_runs(text, matches, least, to); };
  };
  constexpr auto is_blank = [](char32_t c) { return c == ' '; };
  if (regex == " {2,}") return runs(is_blank, 2);
  if (regex == " +") return runs(is_blank, 1);
  if (regex == "\\s+") return runs(unicode::is_space, 1);
  const auto pattern = step.find("pattern");
  const std::string from = pattern == step.end() ? "" : string_of(*pattern, "String");
  if (from.empty()) unknown_step(path, "normalizer", step);
  return [from, to](const std::string& text) { return replace_all(text, from, to); };
}

Normalizer charsmap_step(const json& step, const std::string& path) try {
  const std::vector<uint8_t> blob =
      decode_base64(string_of(step, "precompiled_charsmap"), "precompiled_charsmap");
  if (blob.empty()) return [](std::string text) { return text; };
  auto charsmap = std::make_shared<const Charsmap>(
      std::string_view(reinterpret_cast<const char*>(blob.data()), blob.size()));
  return [charsmap](const std::string& text) { return charsmap->normalize_clusters(text); };
} catch (const Error& error) {
  throw Error(error.code(), path, ": normalizer: ", error.what());
}

Normalizer normalizer_of(const json& step, const std::string& path) {
  const std::string type = string_of(step, "type");
  if (type == "NFC")
    return code_point_step([](std::u32string t) { return unicode::to_nfc(t, Flavor::tokenizers); });
  if (type == "NFD")
    return code_point_step([](std::u32string t) { return unicode::to_nfd(t, Flavor::tokenizers); });
  if (type == "Lowercase") return lowercase_step();
  if (type == "Replace") return replace_step(step, path);
  if (type == "Precompiled") return charsmap_step(step, path);
  if (type == "Strip") {
    const bool left = flag_of(step, "strip_left", true), right = flag_of(step, "strip_right", true);
    return [=](const std::string& text) { return strip_spaces(text, left, right); };
  }
  if (type == "Prepend") {
    return [prefix = inserted_text(step, "prepend", path)](const std::string& text) {
      return text.empty() ? text : prefix + text;
    };
  }
  unknown_step(path, "normalizer", step);
}

PreTokenizer metaspace_step(const json& step, const std::string& path) {
  // Older files have add_prefix_space instead of prepend_scheme.
  const std::string scheme = string_of(
      step, "prepend_scheme", flag_of(step, "add_prefix_space", true) ? "always" : "never");
  const std::string symbol = string_of(step, "replacement");
  if (symbol.empty() || read_utf8(symbol, 0).bytes != symbol.size() ||
      (scheme != "always" && scheme != "first" && scheme != "never"))
    unknown_step(path, "pre_tokenizer", step);
  const PrependScheme prepend = scheme == "always"  ? PrependScheme::always
                                : scheme == "first" ? PrependScheme::first
                                                    : PrependScheme::never;
  const bool split = flag_of(step, "split", true);
  return
      [=](std::vector<Word> words) { return metaspace(std::move(words), symbol, prepend, split); };
}

PreTokenizer pre_tokenizer_of(const json& step, const std::string& path) {
  const std::string type = string_of(step, "type");
  if (type == "WhitespaceSplit") return split_whitespace;
  if (type == "Metaspace") return metaspace_step(step, path);
  if (type == "ByteLevel") {
    const bool prefix = flag_of(step, "add_prefix_space", true);
    const bool split = flag_of(step, "use_regex", true);
    return [=](std::vector<Word> words) { return byte_level(std::move(words), prefix, split); };
  }
  const auto pattern = step.find("pattern");
  const std::string text = pattern == step.end() ? "" : string_of(*pattern, "String");
  if (type == "Split" && !text.empty() && string_of(step, "behavior") == "MergedWithPrevious" &&
      !flag_of(step, "invert", false))
    return [text](std::vector<Word> words) { return split_after(std::move(words), text); };
  unknown_step(path, "pre_tokenizer", step);
}

}  // namespace

Normalizer lowercase_step() {
  return code_point_step([](std::u32string t) { return unicode::to_lower(t, Flavor::tokenizers); });
}

std::vector<Normalizer> read_normalizers(const json& file, const std::string& path) {
  std::vector<Normalizer> out;
  for (const json& step :
       steps_of(file.value("normalizer", json()), "normalizers", path, "normalizer"))
    out.push_back(normalizer_of(step, path));
  return out;
}

std::vector<PreTokenizer> read_pre_tokenizers(const json& file, const std::string& path) {
  std::vector<PreTokenizer> out;
  for (const json& step :
       steps_of(file.value("pre_tokenizer", json()), "pretokenizers", path, "pre_tokenizer"))
    out.push_back(pre_tokenizer_of(step, path));
  return out;
}

std::string canonicalize_siglip(const std::string& text) {
  std::u32string lower = unicode::to_lower(unicode::decode_utf8(text), Flavor::python);
  std::erase_if(lower, is_ascii_punctuation);
  const std::string single =
      replace_runs(unicode::encode_utf8(lower), unicode::is_python_space, 1, " ");
  return strip_spaces(single, true, true);
}

}  // namespace sightline
