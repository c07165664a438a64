#include "train/training_set.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "data/no_image.h"
#include "data/split_names.h"

namespace sightline {
namespace {

// The purpose of a random generator, part of its seed (train/torch/batches.cpp has others).
constexpr uint64_t kOrder = 1;

void add_keywords(const std::string& text, std::vector<std::string>& words) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('|', begin), text.size());
    std::string word = text.substr(begin, end - begin);
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    if (!word.empty()) words.push_back(std::move(word));
    begin = end + 1;
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string all_keywords(const TrainingRow& row, Random& random) {
  std::vector<std::string> words = row.keywords;
  random.shuffle(words);
  return joined(words);
}

// A random part of the keywords, at least one, in random order.
std::string some_keywords(const TrainingRow& row, Random& random) {
  std::vector<std::string> words = row.keywords;
  random.shuffle(words);
  words.resize(1 + random.below(words.size()));
  return joined(words);
}

std::string phrase(const CaptionMix& mix, const std::string& text, Random& random) {
  std::string phrase = mix.phrases[random.below(mix.phrases.size())];
  return phrase.replace(phrase.find("{}"), 2, text);
}

// `error`: why there are no rows of the split.
[[noreturn]] void throw_no_split(const std::string& dataset, const std::string& split,
                                 const Error& error) {
  const auto all = open_dataset(dataset, {});
  if (!all->next()) throw_no_image(dataset);
  const bool splits = !all->columns().split.empty();
  const std::string problem = splits ? error.what()
                                     : message("the data set '", dataset,
                                               "' has no splits, but the recipe or --train-split "
                                               "names the split '",
                                               split, "'");
  throw Error(ErrorCode::invalid_data, problem,
              ": hold out a share of the images with --held-out 0.1, or name splits with "
              "--train-split and --validation-split");
}

std::unique_ptr<Dataset> open_rows(const std::string& dataset, const std::string& split) {
  DatasetOptions options;
  options.split = split;
  return open_dataset(dataset, options);
}

bool has_rows(const std::string& dataset, const std::string& split) {
  try {
    return open_rows(dataset, split)->next().has_value();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return false;
  }
}

[[noreturn]] void throw_no_rows(const std::string& dataset, const RowSelection& rows,
                                int64_t skipped) {
  if (rows.held_out_rows) {
    throw Error(ErrorCode::invalid_argument, "a share of ", rows.held_out,
                " holds out no image of '", dataset, "', which has too few: choose a larger one");
  }
  throw Error(ErrorCode::invalid_data, "data set '", dataset, "' has no usable row",
              (rows.split.empty() ? "" : " in split '" + rows.split + "'"), " (", skipped,
              " could not be used)");
}

// `rows`: "the split 'novel' is" or "all rows are".
[[noreturn]] void throw_trained(const std::string& rows) {
  throw Error(ErrorCode::invalid_argument, rows,
              " given both for training and for evaluation; a model that is evaluated on its "
              "training images says nothing about others");
}

// No name stands for all rows, which include those of every split.
void require_separate(const RunRows& rows) {
  const std::set<std::string> trained = split_names(rows.train.split);
  for (const auto& [label, selection] : rows.evaluate) {
    const std::set<std::string> evaluated = split_names(selection.split);
    if (trained.empty() && evaluated.empty()) throw_trained("all rows are");
    const auto& named = evaluated.empty() ? trained : evaluated;
    for (const std::string& split : named) {
      if (trained.empty() || evaluated.empty() || trained.contains(split))
        throw_trained("the split '" + printable(split) + "' is");
    }
  }
}

}  // namespace

bool is_held_out(std::span<const uint8_t> image, double share) {
  const auto digest = sha256(image);
  uint64_t first = 0;
  for (size_t i = 0; i < sizeof first; ++i) first = first << 8 | digest[i];
  return std::ldexp(static_cast<double>(first >> 11), -53) < share;
}

RunRows choose_rows(const RecipeDataset& dataset, const TrainOptions& options) {
  RunRows rows;
  if (!options.image_parts.empty()) {
    const auto part = [&](const char* name) {
      return RowSelection{options.train_split, 0, false,
                          read_image_part(options.image_parts, name)};
    };
    return {part("train"), {{"validation", part("validation")}}};
  }
  if (!options.held_out) {
    rows.train.split = options.train_split.empty() ? dataset.train_split : options.train_split;
    for (const std::string& split :
         options.validation_splits.empty() ? dataset.evaluate_splits : options.validation_splits)
      rows.evaluate.push_back({split, {split, 0, false}});
    require_separate(rows);
    return rows;
  }
  if (!options.train_split.empty() || !options.validation_splits.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "a held-out share excludes the names of splits: give --held-out, or --train-split "
                "and --validation-split");
  }
  const double share = *options.held_out;
  if (!(share >= 0 && share <= 0.9)) {
    throw Error(ErrorCode::invalid_argument, "the held-out share is ", share,
                ", expected 0 to 0.9");
  }
  const std::string split =
      dataset.train_split.empty() || has_rows(dataset.path, dataset.train_split)
          ? dataset.train_split
          : "";
  rows.train = {split, share, false};
  if (share > 0) rows.evaluate.push_back({"held-out", {split, share, true}});
  return rows;
}

TrainingSet read_rows(const std::string& dataset, const RowSelection& rows,
                      const ImageTarget& images, const Recipe& recipe, const ProgressFn& progress) {
  const auto reader = open_rows(dataset, rows.split);
  PreprocessSpec spec = images.preprocess;
  spec.resize_size = static_cast<int>(
      std::lround(static_cast<double>(spec.resize_size) * images.side / spec.crop_size));
  spec.crop_size = images.side;
  spec.orientation = recipe.orientation;
  const std::string stage = rows.held_out_rows   ? "reading held-out images"
                            : rows.split.empty() ? "reading images"
                                                 : "reading split " + rows.split;
  TrainingSet set;
  std::map<Digest, size_t> first_rows;  // of rows.images
  int64_t seen = 0;
  while (auto row = reader->next()) {
    ++seen;
    if (progress) progress({stage, seen, reader->size(), "", ""});
    if (row->error || row->captions.empty()) {
      if (!rows.held_out_rows)
        set.skipped.push_back({row->id, row->error ? *row->error : "it has no caption"});
      continue;
    }
    if (rows.held_out > 0 && is_held_out(row->image, rows.held_out) != rows.held_out_rows) continue;
    const Digest digest = rows.images ? sha256(row->image) : Digest{};
    if (rows.images) {
      if (!rows.images->contains(digest)) continue;
      if (const auto first = first_rows.find(digest); first != first_rows.end()) {
        std::ranges::move(row->captions, std::back_inserter(set.rows[first->second].captions));
        continue;
      }
    }
    TrainingRow item;
    Image image;
    try {
      if (images.side > 0)
        image = preprocess_pixels(decode_raster(row->image, row->id, spec), spec);
    } catch (const Error& error) {
      set.skipped.push_back({row->id, error.what()});
      continue;
    }
    if (images.side > 0) item.image = images.store->add(std::move(image));
    item.captions = std::move(row->captions);
    for (const std::string& column : recipe.keywords_columns) {
      const auto found = row->extra.find(column);
      if (found != row->extra.end()) add_keywords(found->second, item.keywords);
    }
    const auto label = row->extra.find(recipe.label_column);
    if (label != row->extra.end()) item.label = label->second;
    if (rows.images) first_rows.emplace(digest, set.rows.size());
    set.rows.push_back(std::move(item));
  }
  if (set.rows.empty()) throw_no_rows(dataset, rows, std::ssize(set.skipped));
  return set;
}

TrainingSet read_training_set(const std::string& dataset, const RowSelection& rows,
                              const ImageTarget& images, const Recipe& recipe,
                              const ProgressFn& progress) {
  try {
    return read_rows(dataset, rows, images, recipe, progress);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found || rows.split.empty()) throw;
    throw_no_split(dataset, rows.split, error);
  }
}

std::string run_identity(const Recipe& recipe, const TrainingSet& set, const ImageStore& images,
                         const std::string& models) {
  Sha256 all;
  const auto add = [&](const std::string& text) {
    all.update(std::to_string(text.size()) + ":").update(text);
  };
  add(recipe.text);
  if (!models.empty()) add(models);
  constexpr size_t kAhead = 64;
  Image buffer;
  for (size_t i = 0; i < set.rows.size(); ++i) {
    const TrainingRow& row = set.rows[i];
    if (row.image >= 0) {
      if (i + kAhead < set.rows.size()) images.read_ahead(set.rows[i + kAhead].image);
      all.update(images.get(row.image, buffer).pixels);
    }
    for (const auto& text : row.captions) add(text);
    for (const auto& text : row.keywords) add(text);
    if (!row.label.empty()) add(row.label);
    if (row.weight != 1) add(std::to_string(row.weight));
  }
  return to_hex(all.digest());
}

// Row i is used floor(u + w_0 + … + w_i) - floor(u + w_0 + … + w_(i-1)) times, with u drawn from
// [0, 1): systematic sampling, by which every epoch has nearly the same number of rows.
std::vector<int64_t> epoch_order(const TrainingSet& set, uint64_t seed, int64_t epoch) {
  Random random{seed, kOrder, static_cast<uint64_t>(epoch)};
  const bool weighted =
      std::ranges::any_of(set.rows, [](const TrainingRow& row) { return row.weight != 1; });
  std::vector<int64_t> order;
  double end = weighted ? random.uniform() : 0;
  for (size_t i = 0; i < set.rows.size(); ++i) {
    const double begin = std::floor(end);
    end += set.rows[i].weight;
    const auto uses = static_cast<int64_t>(std::floor(end) - begin);
    for (int64_t use = 0; use < uses; ++use)
      order.push_back(use * static_cast<int64_t>(set.rows.size()) + static_cast<int64_t>(i));
  }
  random.shuffle(order);
  return order;
}

int64_t rows_per_epoch(const TrainingSet& set) {
  double sum = 0;
  for (const TrainingRow& row : set.rows) sum += row.weight;
  return static_cast<int64_t>(std::floor(sum + 1e-9));
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
  const double keywords = row.keywords.empty() ? 0 : mix.keywords;
  const double both = row.keywords.empty() ? 0 : mix.both;
  const double all = row.keywords.empty() ? 0 : mix.all;
  if (keywords + both + all + mix.phrase == 0) return caption;
  double choice = random.uniform() * (mix.caption + keywords + both + all + mix.phrase);
  if (choice < mix.caption) return caption;
  choice -= mix.caption;
  if (choice < keywords) return some_keywords(row, random);
  choice -= keywords;
  if (choice < both || all + mix.phrase == 0) return caption + " " + some_keywords(row, random);
  choice -= both;
  if (choice < all || mix.phrase == 0) return caption + " " + all_keywords(row, random);
  const bool use_keyword = !row.keywords.empty() && random.uniform() < 0.5;
  return phrase(mix, use_keyword ? row.keywords[random.below(row.keywords.size())] : caption,
                random);
}

}  // namespace sightline
