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
  if (places.size() == 1 && places[0] == kPlaceAlone.from) return split_words(kPlaceAlone.to);
  return places;
}

// Moves the name of a country from the front to the end: "canada quebec" -> "quebec, canada".
std::string region_first(const Words& places) {
  for (const std::string_view name : kCountries) {
    const Words country = split_words(name);
    if (places.size() <= country.size()) continue;
    const auto region = places.begin() + static_cast<ptrdiff_t>(country.size());
    if (!std::equal(country.begin(), country.end(), places.begin())) continue;
    return join_words(Words(region, places.end())) + ", " + join_words(country);
  }
  return join_words(places);
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
  const bool historic = path.starts_with(std::string(kFolder) + "historic/");
  return (historic ? "historic flag of " : "flag of ") + region_first(places);
}

}  // namespace sightline
