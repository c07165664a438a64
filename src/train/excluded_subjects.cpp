#include "train/excluded_subjects.h"

#include <sightline/error.h>

#include <algorithm>
#include <filesystem>

#include "text/cleaning/words.h"

namespace sightline {
namespace {

// Words that do not name a subject: "red circle" is a circle, "man cook" a cook.
const std::set<std::string>& general_words() {
  static const std::set<std::string> kWords = {
      "a",      "an",       "the",    "of",     "and",   "with",   "face", "sign",   "button",
      "symbol", "man",      "woman",  "person", "suit",  "skin",   "tone", "facing", "front",
      "potted", "oncoming", "small",  "medium", "large", "light",  "dark", "black",  "white",
      "red",    "orange",   "yellow", "green",  "blue",  "purple", "brown"};
  return kWords;
}

std::vector<std::string> texts_of(const TrainingRow& row) {
  std::vector<std::string> texts = row.captions;
  texts.emplace_back();  // no caption is empty
  texts.insert(texts.end(), row.keywords.begin(), row.keywords.end());
  return texts;
}

std::vector<TrainingRow> read_texts(const std::string& dataset, const std::string& split,
                                    const Recipe& recipe) {
  try {
    return read_rows(dataset, {split, 0, false}, {}, recipe, {}).rows;
  } catch (const Error& error) {
    throw Error(error.code(), "the recipe's 'exclude_subjects' cannot be read: ", error.what());
  }
}

bool is_same_dataset(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || std::filesystem::equivalent(a, b, error);
}

}  // namespace

ExcludedSubjects::WordSet ExcludedSubjects::words_of(const std::string& text) {
  WordSet words;
  for (const std::string& word : split_words(text)) {
    std::string one = singular(word);
    if (!general_words().contains(one)) words.insert(std::move(one));
  }
  return words;
}

void ExcludedSubjects::add(const std::vector<TrainingRow>& held_out,
                           const std::vector<TrainingRow>& all) {
  std::set<std::vector<std::string>> held_out_texts;
  for (const TrainingRow& row : held_out) held_out_texts.insert(texts_of(row));
  OfDataset& dataset = datasets_.emplace_back();
  std::set<WordSet> known;
  for (const TrainingRow& row : all) {
    auto texts = texts_of(row);
    if (held_out_texts.contains(texts)) continue;
    for (const std::string& caption : row.captions) known.insert(words_of(caption));
    dataset.separated.insert(std::move(texts));
  }
  for (const TrainingRow& row : held_out) {
    for (const std::string& caption : row.captions) {
      WordSet words = words_of(caption);
      if (!words.empty() && !known.contains(words)) dataset.subjects.insert(std::move(words));
    }
  }
}

bool ExcludedSubjects::OfDataset::shown_by(const TrainingRow& row) const {
  if (subjects.empty() || separated.contains(texts_of(row))) return false;
  const auto names_one = [&](const std::string& keyword) {
    return subjects.contains(words_of(keyword));
  };
  const auto contains_one = [&](const std::string& caption) {
    const WordSet words = words_of(caption);
    return std::ranges::any_of(
        subjects, [&](const WordSet& subject) { return std::ranges::includes(words, subject); });
  };
  return std::ranges::any_of(row.captions, contains_one) ||
         std::ranges::any_of(row.keywords, names_one);
}

bool ExcludedSubjects::shows(const TrainingRow& row) const {
  return std::ranges::any_of(datasets_,
                             [&](const OfDataset& dataset) { return dataset.shown_by(row); });
}

size_t ExcludedSubjects::size() const {
  size_t size = 0;
  for (const OfDataset& dataset : datasets_) size += dataset.subjects.size();
  return size;
}

ExcludedSubjects read_excluded_subjects(const Recipe& recipe, const RecipeDataset& dataset) {
  ExcludedSubjects subjects;
  for (const SubjectsOfSplit& excluded : recipe.exclude_subjects) {
    if (is_same_dataset(excluded.dataset, dataset.path)) continue;
    const auto rows_of = [&](const std::string& split) {
      return read_texts(excluded.dataset, split, recipe);
    };
    subjects.add(rows_of(excluded.split), rows_of(""));
  }
  return subjects;
}

int64_t remove_excluded(const ExcludedSubjects& subjects, std::vector<TrainingRow>& rows) {
  return static_cast<int64_t>(
      std::erase_if(rows, [&](const TrainingRow& row) { return subjects.shows(row); }));
}

}  // namespace sightline
