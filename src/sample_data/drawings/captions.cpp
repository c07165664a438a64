#include "sample_data/drawings/captions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "sample_data/drawings/file_names.h"
#include "sample_data/drawings/flags.h"
#include "sample_data/drawings/translations.h"
#include "sample_data/drawings/word_lists.h"
#include "sample_data/image_name.h"

namespace sightline {
namespace {

constexpr int kSharedTitle = 4;
constexpr size_t kMaxWords = 8;

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether a title begins with "Clipart by NAME - ".
bool is_by(std::string_view title) {
  const bool by = title.starts_with("clipart by ") || title.starts_with("clip art by ");
  return by && title.find(" - ") != std::string_view::npos;
}

bool is_collection(std::string_view title) {
  if (contains(kCollections, title)) return true;
  if (title.starts_with("part of the ") || title.starts_with("svg gradient")) return true;
  for (const std::string_view part :
       {"icon set", "icons set", "icon collection", "icons collection"}) {
    if (title.find(part) != std::string_view::npos) return true;
  }
  return false;
}

// Removes the suffixes with which some creators name a series.
std::string_view without_series(std::string_view title) {
  for (const std::string_view suffix : {" - RPG map elements", " - body part", " - people"}) {
    if (title.ends_with(suffix)) title.remove_suffix(suffix.size());
  }
  return title;
}

bool is_foreign(const Words& words, const Words& creator, const Dictionary& dictionary) {
  if (std::any_of(words.begin(), words.end(),
                  [](const auto& word) { return contains(kForeignWords, word); })) {
    return true;
  }
  const bool foreign_creator = std::any_of(creator.begin(), creator.end(), [](const auto& name) {
    return contains(kForeignCreators, name);
  });
  return foreign_creator && !std::all_of(words.begin(), words.end(),
                                         [&](const auto& w) { return dictionary.knows(w); });
}

bool is_subject(std::string_view word) {
  return !contains(kFunctionWords, word) && !contains(kAboutTheDrawing, word) &&
         !contains(kNotAlone, word) && !contains(kColours, word);
}

// Removes the words of "clip art" and "hand drawn", which are about the drawing only together.
void remove_pairs(Words& words) {
  constexpr std::pair<std::string_view, std::string_view> kPairs[] = {{"clip", "art"},
                                                                      {"hand", "drawn"}};
  for (const auto& [first, second] : kPairs) {
    for (size_t i = 0; i + 1 < words.size();) {
      const auto at = words.begin() + static_cast<ptrdiff_t>(i);
      if (words[i] == first && words[i + 1] == second) {
        words.erase(at, at + 2);
      } else {
        ++i;
      }
    }
  }
}

Words spelled(const Words& words) {
  Words out;
  for (const auto& word : words) {
    std::string_view correct = word;
    for (const auto& [from, to] : kSpellings) {
      if (word == from) correct = to;
    }
    for (auto& part : split_words(correct)) out.push_back(std::move(part));
  }
  return out;
}

// Removes function words from both ends, and moves a colour from the end to the front: "apple red"
// becomes "red apple".
void arrange(Words& words) {
  const auto loose = [](const std::string& word) {
    return contains(kFunctionWords, word) || contains(kNotAtEnd, word);
  };
  while (!words.empty() && contains(kFunctionWords, words.front())) words.erase(words.begin());
  while (words.size() > 1 && loose(words.back())) words.pop_back();
  if (words.size() > 1 && contains(kColours, words.back())) {
    const std::string colour = words.back();
    words.pop_back();
    while (words.size() > 1 && loose(words.back())) words.pop_back();
    if (!has(words, colour)) words.insert(words.begin(), colour);
  }
  words.erase(std::unique(words.begin(), words.end()), words.end());
  if (words.size() > kMaxWords) words.resize(kMaxWords);
  while (words.size() > 1 && contains(kFunctionWords, words.back())) words.pop_back();
}

}  // namespace

Captions::Captions(const Dictionary& dictionary, std::span<const Drawing> drawings)
    : dictionary_(dictionary) {
  for (const auto& drawing : drawings) {
    ++titles_[drawing.title];
    std::set<std::string> keywords;
    for (const auto& keyword : drawing.keywords) keywords.insert(join_words(split_words(keyword)));
    for (const auto& keyword : keywords) ++keywords_[keyword];
  }
}

bool Captions::named_by_file(const Drawing& drawing) const {
  const std::string title = lower(drawing.title);
  const auto count = titles_.find(drawing.title);
  const bool shared = count != titles_.end() && count->second >= kSharedTitle &&
                      without_series(drawing.title) == drawing.title;
  return title.empty() || is_by(title) || is_collection(title) || shared;
}

std::optional<std::string> Captions::from_keywords(const Words& keywords) const {
  std::optional<std::pair<int, std::string>> rarest;
  for (const auto& keyword : keywords) {
    if (contains(kColours, keyword) || contains(kGeneralKeywords, keyword)) continue;
    const auto count = keywords_.find(keyword);
    const std::pair entry{count == keywords_.end() ? 0 : count->second, keyword};
    if (!rarest || entry < *rarest) rarest = entry;
  }
  if (!rarest) return std::nullopt;
  return rarest->second;
}

// Returns the caption from the words of a title, or an empty text if they name no subject.
std::string Captions::english(const Words& words, const Words& keywords) const {
  Words text = words;
  remove_pairs(text);
  Words out;
  bool subject = false;
  for (const auto& word : spelled(text)) {
    if (contains(kAboutTheDrawing, word)) continue;
    for (const auto& part : dictionary_.split_compound(word)) {
      const bool known = contains(kFunctionWords, part) || dictionary_.knows(part);
      if (!known || contains(kAboutTheDrawing, part)) continue;
      const bool thing = contains(kColoursAndThings, part) && has(keywords, part);
      subject = subject || thing || is_subject(part);
      out.push_back(part);
    }
  }
  if (!subject) return {};
  arrange(out);
  return join_words(out);
}

std::optional<Caption> Captions::caption(const Drawing& drawing, const Words& keywords) const {
  const bool by_file = named_by_file(drawing);
  const CaptionSource source = by_file ? CaptionSource::file_name : CaptionSource::title;
  const Words creator = creator_words(drawing.creator);
  Words words = split_words(by_file ? subject_of_file(stem_of(drawing.path), drawing.creator)
                                    : std::string(without_series(drawing.title)));
  std::erase_if(words, [&](const auto& word) { return word.size() < 2 || has(creator, word); });
  if (const auto translated = translation(join_words(words)); !translated.empty()) {
    return Caption{std::string(translated), CaptionSource::translation};
  }
  // "golf flag in hole" is a drawing with a flag.
  if (is_flag(drawing.path) && !has(words, "in") && !has(words, "on")) {
    const auto text = flag_caption(drawing.path, words);
    return text ? std::optional(Caption{*text, source}) : std::nullopt;
  }
  if (!is_foreign(words, creator, dictionary_)) {
    if (auto text = english(words, keywords); !text.empty()) return Caption{text, source};
  }
  if (auto text = from_keywords(keywords)) return Caption{*text, CaptionSource::keyword};
  return std::nullopt;
}

}  // namespace sightline
