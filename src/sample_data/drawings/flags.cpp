#include "sample_data/drawings/flags.h"

#include <algorithm>

#include "base/text.h"
#include "sample_data/drawings/word_lists.h"

namespace sightline {
namespace {

constexpr std::string_view kFolder = "signs_and_symbols/flags/";

// Replaces words by the English names of places and leaves out those that name none.
Words place_words(const Words& words) {
  Words places;
  for (const auto& word : words) {
    if (contains(kNotPlaces, word)) continue;
    std::string_view place = word;
    for (const auto& [from, to] : kPlaces) {
      if (word == from) place = to;
    }
    for (auto& part : split_words(place)) places.push_back(std::move(part));
  }
  const auto not_a_name = [](const std::string& word) { return word == "of" || word == "and"; };
  while (!places.empty() && not_a_name(places.front())) places.erase(places.begin());
  while (!places.empty() && not_a_name(places.back())) places.pop_back();
  return places;
}

// Returns the country whose folder the path is in, or an empty text.
std::string_view country_of(std::string_view path) {
  for (const auto& [folder, country] : kCountryFolders) {
    if (path.find('/' + std::string(folder) + '/') != std::string_view::npos) return country;
  }
  return {};
}

}  // namespace

bool is_flag(std::string_view path) {
  return path.starts_with(kFolder);
}

std::optional<std::string> flag_caption(std::string_view path, const Words& words) {
  if (std::find(words.begin(), words.end(), "signal") != words.end()) {
    const bool named = !contains(kNotPlaces, words.back()) && words.back() != "signal";
    return "signal flag" + (named ? ' ' + words.back() : std::string());
  }
  Words places = place_words(words);
  if (places.empty()) return std::nullopt;
  const Words country = split_words(country_of(path));
  std::string end;
  if (!country.empty() && places.size() > country.size() &&
      std::equal(country.begin(), country.end(), places.begin())) {
    places.erase(places.begin(), places.begin() + static_cast<ptrdiff_t>(country.size()));
    end = ", " + join_words(country);
  }
  const bool historic = path.starts_with(std::string(kFolder) + "historic/");
  return (historic ? "historic flag of " : "flag of ") + join_words(places) + end;
}

}  // namespace sightline
