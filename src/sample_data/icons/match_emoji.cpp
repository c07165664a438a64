#include "sample_data/icons/match_emoji.h"

#include <map>
#include <set>

#include "base/text.h"
#include "text/cleaning/words.h"
#include "text/unicode/character_name.h"

namespace sightline {
namespace {

// The emoji with a name; -1 if there are several.
using ByName = std::map<std::string, int64_t>;

std::string letters_and_digits(std::string_view text) {
  std::string rest;
  for (const char c : lower(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) rest += c;
  }
  return rest;
}

void add_name(std::string_view name, size_t emoji, ByName& names) {
  if (name.empty()) return;
  const auto index = static_cast<int64_t>(emoji);
  // "piñata" may have lost its accent or the letter.
  for (const std::string& text : {letters_and_digits(name), letters_and_digits(unaccented(name))}) {
    const auto [at, added] = names.emplace(text, index);
    if (!added && at->second != index) at->second = -1;
  }
}

std::string name_of_icon(std::string_view icon) {
  constexpr std::string_view kFlag = "flag-for-";
  if (icon.starts_with(kFlag)) return "flag" + letters_and_digits(icon.substr(kFlag.size()));
  return letters_and_digits(icon);
}

std::string without_fe0f(std::string points) {
  for (size_t at; (at = points.find("-fe0f")) != std::string::npos;) points.erase(at, 5);
  return points;
}

void match_code_points(const std::vector<Emoji>& table, const IconSet& set,
                       std::vector<std::string>& icons) {
  std::map<std::string, std::string> by_points;
  for (const auto& [points, name] : set.chars()) {
    if (!set.icon_of(name).empty()) by_points.emplace(without_fe0f(lower(points)), name);
  }
  for (size_t i = 0; i < table.size(); ++i) {
    const auto found = by_points.find(hex_name(without_presentation(table[i].sequence)));
    if (found != by_points.end()) icons[i] = found->second;
  }
}

void match_names(const ByName& names, const IconSet& set, std::vector<std::string>& icons) {
  std::set<std::string> used;
  for (const auto& icon : icons) used.insert(set.icon_of(icon));
  const auto match = [&](const std::string& name) {
    const auto found = names.find(name_of_icon(name));
    if (found == names.end() || found->second < 0) return;
    std::string& matched = icons[static_cast<size_t>(found->second)];
    const std::string icon = set.icon_of(name);
    if (!matched.empty() || icon.empty() || !used.insert(icon).second) return;
    matched = name;
  };
  for (const auto& [name, icon] : set.icons()) match(name);
  for (const auto& [name, alias] : set.aliases()) match(name);
}

}  // namespace

std::vector<std::string> match_emoji(const std::vector<Emoji>& table, const IconSet& set) {
  std::vector<std::string> icons(table.size());
  match_code_points(table, set, icons);
  ByName cldr, unicode;
  for (size_t i = 0; i < table.size(); ++i) {
    add_name(table[i].name, i, cldr);
    const auto plain = without_presentation(table[i].sequence);
    if (plain.size() == 1) add_name(unicode::character_name(plain[0]), i, unicode);
  }
  match_names(cldr, set, icons);
  for (const auto& [name, emoji] : cldr) unicode.erase(name);
  match_names(unicode, set, icons);
  return icons;
}

}  // namespace sightline
