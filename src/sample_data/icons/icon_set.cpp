#include "sample_data/icons/icon_set.h"

#include <sightline/error.h>

#include <cmath>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxFileBytes = 256 << 20;
constexpr size_t kMaxAliases = 8;  // a chain of aliases that is longer is taken for a circle

[[noreturn]] void fail(const std::string& file, const std::string& problem) {
  throw Error(ErrorCode::invalid_data, "'", file, "' ", problem);
}

// Returns a member, or null if the value is no object or has no such member.
const json& member(const json& object, const char* key) {
  static const json null;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : null;
}

std::string text(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

void read_number(const json& object, const char* key, double& value, const std::string& file) {
  const json& found = member(object, key);
  if (found.is_null()) return;
  if (!found.is_number() || !std::isfinite(found.get<double>()))
    fail(file, std::string("has '") + key + "' " + shown(found) + ", expected a number");
  value = found.get<double>();
}

Icon read_icon(const std::string& name, const json& value, const Icon& defaults,
               const std::string& file) {
  Icon icon = defaults;
  if (!member(value, "body").is_string())
    fail(file, "has an icon " + shown(json(name)) + " without a 'body', expected SVG content");
  icon.body = text(value, "body");
  read_number(value, "left", icon.left, file);
  read_number(value, "top", icon.top, file);
  read_number(value, "width", icon.width, file);
  read_number(value, "height", icon.height, file);
  icon.hidden = member(value, "hidden") == true;
  return icon;
}

IconAlias read_alias(const json& value) {
  IconAlias alias{text(value, "parent"), member(value, "hFlip") == true,
                  member(value, "vFlip") == true};
  const json& rotate = member(value, "rotate");
  if (rotate.is_number_integer()) {
    alias.quarter_turns = static_cast<int>((rotate.get<int64_t>() % 4 + 4) % 4);
  }
  return alias;
}

std::string number(double value) {
  return json(value).dump();
}

// Adds a transformation about the middle of the icon's view box.
void transform(const IconAlias& alias, Icon& icon) {
  if (!alias.mirror_x && !alias.mirror_y && alias.quarter_turns == 0) return;
  const double x = icon.left + icon.width / 2, y = icon.top + icon.height / 2;
  icon.body = "<g transform=\"translate(" + number(x) + ' ' + number(y) + ") rotate(" +
              number(90.0 * alias.quarter_turns) + ") scale(" + (alias.mirror_x ? "-1" : "1") +
              ' ' + (alias.mirror_y ? "-1" : "1") + ") translate(" + number(-x) + ' ' + number(-y) +
              ")\">" + icon.body + "</g>";
  if (alias.quarter_turns % 2 == 1) {
    icon.left = x - icon.height / 2;
    icon.top = y - icon.width / 2;
    std::swap(icon.width, icon.height);
  }
}

}  // namespace

// Returns null for an optional file that is missing.
json IconSet::read(const fs::path& file, bool required) {
  if (!fs::exists(file_status(file))) {
    if (!required) return nullptr;
    const fs::path folder = file.parent_path();
    throw Error(ErrorCode::not_found, quoted(fs::exists(file_status(folder)) ? file : folder),
                " does not exist; expected the folder of an @iconify-json package");
  }
  files_.push_back(file);
  json root = parse_json(read_text_file(file, kMaxFileBytes), path_id(file));
  if (!root.is_object()) fail(path_id(file), "is not a JSON object");
  return root;
}

void IconSet::read_icons(const json& root, const std::string& file) {
  Icon defaults;
  read_number(root, "left", defaults.left, file);
  read_number(root, "top", defaults.top, file);
  read_number(root, "width", defaults.width, file);
  read_number(root, "height", defaults.height, file);
  const json& icons = member(root, "icons");
  if (!icons.is_object() || icons.empty())
    fail(file, "has no 'icons', expected an object of icons");
  for (const auto& [name, value] : icons.items()) {
    icons_[name] = read_icon(name, value, defaults, file);
  }
  if (const json& aliases = member(root, "aliases"); aliases.is_object()) {
    for (const auto& [name, value] : aliases.items()) aliases_[name] = read_alias(value);
  }
  info_.package = text(root, "prefix");
}

void IconSet::read_info(const json& info, const std::string& file) {
  const json &author = member(info, "author"), &licence = member(info, "license");
  info_.author = text(author, "name");
  info_.author_url = text(author, "url");
  info_.licence = text(licence, "spdx");
  if (info_.licence.empty()) info_.licence = text(licence, "title");
  info_.licence_url = text(licence, "url");
  if (info_.licence.empty())
    fail(file, "has no 'license', expected an object with 'spdx' or 'title'");
}

IconSet::IconSet(const fs::path& folder) {
  const fs::path icons = folder / "icons.json", info = folder / "info.json";
  read_icons(read(icons, true), path_id(icons));
  read_info(read(info, true), path_id(info));
  const json chars = read(folder / "chars.json", false);
  for (const auto& [points, name] : chars.items()) {
    if (name.is_string()) chars_[points] = name.get<std::string>();
  }
  const json metadata = read(folder / "metadata.json", false);
  for (const auto& [category, names] : member(metadata, "categories").items()) {
    for (const json& name : names) {
      if (name.is_string()) categories_[name.get<std::string>()].push_back(category);
    }
  }
  const json package = read(folder / "package.json", false);
  if (!text(package, "name").empty()) info_.package = text(package, "name");
  info_.version = text(package, "version");
}

std::vector<std::string> IconSet::categories(const std::string& name) const {
  const auto found = categories_.find(name);
  return found == categories_.end() ? std::vector<std::string>() : found->second;
}

// Empty for an icon.
std::vector<const IconAlias*> IconSet::alias_chain(const std::string& name) const {
  std::vector<const IconAlias*> chain;
  const std::string* at = &name;
  while (!icons_.contains(*at) && chain.size() < kMaxAliases) {
    const auto alias = aliases_.find(*at);
    if (alias == aliases_.end()) break;
    chain.push_back(&alias->second);
    at = &alias->second.parent;
  }
  return chain;
}

std::string IconSet::icon_of(const std::string& name) const {
  const auto chain = alias_chain(name);
  const std::string& icon = chain.empty() ? name : chain.back()->parent;
  return icons_.contains(icon) ? icon : std::string();
}

std::optional<std::string> IconSet::svg(const std::string& name) const {
  const auto found = icons_.find(icon_of(name));
  if (found == icons_.end()) return std::nullopt;
  Icon icon = found->second;
  const auto chain = alias_chain(name);
  for (auto alias = chain.rbegin(); alias != chain.rend(); ++alias) transform(**alias, icon);
  const std::string width = number(icon.width), height = number(icon.height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
         "width=\"" +
         width + "\" height=\"" + height + "\" viewBox=\"" + number(icon.left) + ' ' +
         number(icon.top) + ' ' + width + ' ' + height + "\" color=\"black\">" + icon.body +
         "</svg>";
}

}  // namespace sightline
