#include "train/training_set.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/hash.h"

namespace sightline {
namespace {

std::vector<std::string> split_keywords(const std::string& text) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('|', begin), text.size());
    std::string word = text.substr(begin, end - begin);
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    if (!word.empty()) words.push_back(std::move(word));
    begin = end + 1;
  }
  return words;
}

// A random part of the keywords, at least one, in random order.
std::string some_keywords(const TrainingRow& row, Random& random) {
  std::vector<std::string> words = row.keywords;
  random.shuffle(words);
  words.resize(1 + random.below(words.size()));
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

TrainingSet read_training_set(const std::string& dataset, const std::string& split, int side,
                              const Recipe& recipe, const ProgressFn& progress) {
  DatasetOptions options;
  options.split = split;
  const auto reader = open_dataset(dataset, options);
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = side;
  spec.orientation = recipe.orientation;
  TrainingSet set;
  int64_t seen = 0;
  while (auto row = reader->next()) {
    ++seen;
    if (progress) progress({"reading " + split, seen, reader->size(), ""});
    if (row->error || row->captions.empty()) {
      ++set.skipped;
      continue;
    }
    TrainingRow item;
    try {
      if (side > 0) item.image = preprocess_pixels(decode_raster(row->image, row->id, spec), spec);
    } catch (const Error&) {
      ++set.skipped;
      continue;
    }
    item.captions = std::move(row->captions);
    const auto found = row->extra.find(recipe.keywords_column);
    if (found != row->extra.end()) item.keywords = split_keywords(found->second);
    const auto label = row->extra.find(recipe.label_column);
    if (label != row->extra.end()) item.label = label->second;
    set.rows.push_back(std::move(item));
  }
  if (set.rows.empty()) {
    throw Error(ErrorCode::invalid_data, "data set '", dataset, "' has no usable row in split '",
                split, "' (", set.skipped, " could not be used)");
  }
  return set;
}

std::string run_identity(const Recipe& recipe, const TrainingSet& set) {
  Sha256 all;
  const auto add = [&](const std::string& text) {
    all.update(std::to_string(text.size()) + ":").update(text);
  };
  add(recipe.text);
  for (const TrainingRow& row : set.rows) {
    all.update(row.image.pixels);
    for (const auto& text : row.captions) add(text);
    for (const auto& text : row.keywords) add(text);
    if (!row.label.empty()) add(row.label);
  }
  return to_hex(all.digest());
}

std::vector<std::string> all_labels(const TrainingSet& set) {
  std::set<std::string> labels;
  for (const TrainingRow& row : set.rows) labels.insert(row.label);
  return {labels.begin(), labels.end()};
}

std::vector<std::string> all_texts(const TrainingSet& set) {
  std::vector<std::string> texts;
  for (const TrainingRow& row : set.rows) {
    texts.insert(texts.end(), row.captions.begin(), row.captions.end());
    texts.insert(texts.end(), row.keywords.begin(), row.keywords.end());
  }
  return texts;
}

std::string random_caption(const TrainingRow& row, const CaptionMix& mix, Random& random) {
  const std::string& caption = row.captions[random.below(row.captions.size())];
  if (row.keywords.empty()) return caption;
  const double choice = random.uniform() * (mix.caption + mix.keywords + mix.both);
  if (choice < mix.caption) return caption;
  if (choice < mix.caption + mix.keywords) return some_keywords(row, random);
  return caption + " " + some_keywords(row, random);
}

}  // namespace sightline
