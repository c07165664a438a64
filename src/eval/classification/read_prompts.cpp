// Reads class names and prompts in CLIP_benchmark's forms.
#include <sightline/classification.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostBytes = int64_t{64} << 20;

[[noreturn]] void refuse(const fs::path& path, const std::string& expected) {
  throw Error(ErrorCode::invalid_data, quoted(path), " is not in the expected form: ", expected);
}

bool is_list_of_texts(const Json& json) {
  return json.is_array() && !json.empty() && std::ranges::all_of(json, [](const Json& item) {
           return item.is_string() && !is_blank(item.get_ref<const std::string&>());
         });
}

std::vector<std::string> texts_of(const Json& json) {
  return json.get<std::vector<std::string>>();
}

// Keeps the order of members, which is that of the classes.
Json read_json(const fs::path& path, const std::string& text) {
  parse_json(text, path.string());  // checks depth and syntax
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::invalid_data, quoted(path),
                " is not valid JSON: ", printable(error.what()));
  }
}

// A file that is not JSON has a text per line.
std::optional<std::vector<std::string>> lines_of(const fs::path& path, const std::string& text) {
  const std::string extension = lower(path.extension().string());
  if (extension != ".txt") return std::nullopt;
  std::vector<std::string> lines = split_lines(text);
  std::erase_if(lines, [](const std::string& line) { return is_blank(line); });
  if (lines.empty()) refuse(path, "a text per line");
  return lines;
}

// The member of a data set; an object with one member needs no such name.
const Json& member_of(const fs::path& path, const Json& json, const std::string& dataset) {
  if (const auto own = json.find(dataset); own != json.end()) return *own;
  if (json.size() == 1) return json.front();
  std::string names;
  for (const auto& [name, unused] : json.items())
    if (names.size() < 100) names += (names.empty() ? "'" : ", '") + printable(name, 40) + "'";
  throw Error(ErrorCode::invalid_data, quoted(path), " has no member '", printable(dataset),
              "' for the data set, only ", names);
}

bool has_place(const std::string& text) {
  return text.find("{c}") != text.npos || text.find("{}") != text.npos;
}

// Whether the texts are templates, not prompts: true, false, or nothing if they are mixed.
std::optional<bool> are_templates(const std::vector<std::string>& texts) {
  const auto places = static_cast<size_t>(std::ranges::count_if(texts, has_place));
  if (places == texts.size()) return true;
  return places == 0 ? std::optional(false) : std::nullopt;
}

ClassPrompts templates_of(const fs::path& path, std::vector<std::string> texts) {
  if (are_templates(texts) != true) refuse(path, "a template without {c} or {} names no class");
  return {std::move(texts), {}};
}

ClassPrompts by_class(const fs::path& path, const Json& json) {
  ClassPrompts prompts;
  for (const auto& [name, list] : json.items()) {
    if (!is_list_of_texts(list)) refuse(path, "expected a list of prompts for each class");
    prompts.by_class.emplace_back(name, texts_of(list));
  }
  return prompts;
}

}  // namespace

namespace {

ClassNames class_names_in(const fs::path& path, const std::string& dataset) {
  constexpr const char* kForm =
      "expected a list of class names, an object that maps labels to names, or one that maps data "
      "sets to lists of names";
  const std::string text = read_text_file(path, kMostBytes);
  if (auto lines = lines_of(path, text)) return {std::move(*lines), {}};
  const Json json = read_json(path, text);
  if (is_list_of_texts(json)) return {texts_of(json), {}};
  if (!json.is_object() || json.empty()) refuse(path, kForm);
  if (std::ranges::none_of(json, [](const Json& value) { return !value.is_string(); })) {
    ClassNames names;
    for (const auto& [label, name] : json.items()) {
      names.by_label[label] = name.get<std::string>();
      if (std::ranges::find(names.names, names.by_label[label]) == names.names.end())
        names.names.push_back(names.by_label[label]);
    }
    return names;
  }
  const Json& member = member_of(path, json, dataset);
  if (!is_list_of_texts(member)) refuse(path, kForm);
  return {texts_of(member), {}};
}

}  // namespace

ClassNames read_class_names(const fs::path& path, const std::string& dataset) {
  ClassNames names = class_names_in(path, dataset);
  names.source = path.string();
  return names;
}

ClassPrompts read_class_prompts(const fs::path& path, const std::string& dataset) {
  constexpr const char* kForm =
      "expected a list of templates, an object that maps data sets to lists of templates, or one "
      "that maps classes to lists of prompts";
  const std::string text = read_text_file(path, kMostBytes);
  if (auto lines = lines_of(path, text)) return templates_of(path, std::move(*lines));
  const Json json = read_json(path, text);
  if (is_list_of_texts(json)) return templates_of(path, texts_of(json));
  if (!json.is_object() || json.empty()) refuse(path, kForm);
  if (std::ranges::all_of(json, is_list_of_texts)) {
    const bool templates = std::ranges::all_of(
        json, [](const Json& list) { return are_templates(texts_of(list)) == true; });
    if (!templates) return by_class(path, json);
    return templates_of(path, texts_of(member_of(path, json, dataset)));
  }
  const Json& member = member_of(path, json, dataset);
  if (is_list_of_texts(member)) return templates_of(path, texts_of(member));
  if (!member.is_object() || member.empty()) refuse(path, kForm);
  return by_class(path, member);
}

const std::vector<std::string>& default_templates() {
  static const std::vector<std::string> templates = {"a photo of a {c}.", "a photo of the {c}.",
                                                     "a picture of a {c}.", "an image of a {c}.",
                                                     "{c}"};
  return templates;
}

}  // namespace sightline
