#include "train/training_set.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>

#include "base/file.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using testing::TemporaryFolder;

TrainingRow row_of(std::vector<std::string> captions, std::vector<std::string> keywords) {
  return {-1, std::move(captions), std::move(keywords), ""};
}

std::multiset<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::multiset<std::string> words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

TEST(RandomCaption, PhrasesContainACaptionOrAKeyword) {
  const CaptionMix mix = {
      .caption = 0, .keywords = 0, .both = 0, .phrase = 1, .phrases = {"a {}", "{} here"}};
  const TrainingRow rich = row_of({"caption"}, {"one"}), plain = row_of({"caption"}, {});
  std::set<std::string> texts, plain_texts;
  for (uint64_t i = 0; i < 200; ++i) {
    Random random{1, i}, other{2, i};
    texts.insert(random_caption(rich, mix, random));
    plain_texts.insert(random_caption(plain, mix, other));
  }
  EXPECT_EQ(texts, (std::set<std::string>{"a caption", "caption here", "a one", "one here"}));
  EXPECT_EQ(plain_texts, (std::set<std::string>{"a caption", "caption here"}));
}

TEST(RandomCaption, FollowsTheMix) {
  const TrainingRow row = row_of({"caption"}, {"one", "two", "three"});
  const CaptionMix mix = {.caption = 0.5, .keywords = 0.2, .both = 0.3};
  int caption = 0, keywords = 0, both = 0;
  constexpr int kDraws = 10'000;
  for (uint64_t i = 0; i < kDraws; ++i) {
    Random random{1, i};
    const std::string text = random_caption(row, mix, random);
    if (text == "caption") {
      ++caption;
    } else if (text.starts_with("caption ")) {
      ++both;
    } else {
      ++keywords;
    }
  }
  EXPECT_NEAR(caption, 5000, 200);  // 4 standard deviations
  EXPECT_NEAR(keywords, 2000, 160);
  EXPECT_NEAR(both, 3000, 185);
}

TEST(RandomCaption, AllKeywordsFollowTheCaption) {
  const TrainingRow row = row_of({"caption"}, {"one", "two", "three"});
  const CaptionMix mix = {.caption = 0, .keywords = 0, .both = 0, .all = 1};
  std::set<std::string> texts;
  for (uint64_t i = 0; i < 200; ++i) {
    Random random{1, i};
    texts.insert(random_caption(row, mix, random));
  }
  EXPECT_EQ(texts, (std::set<std::string>{"caption one two three", "caption one three two",
                                          "caption two one three", "caption two three one",
                                          "caption three one two", "caption three two one"}));
  Random random{1};
  EXPECT_EQ(random_caption(row_of({"caption"}, {}), mix, random), "caption");
}

TEST(RandomCaption, KeywordsComeInAllOrdersAndNumbersEachAtMostOnce) {
  const TrainingRow row = row_of({"caption"}, {"one", "two", "three"});
  std::set<std::string> seen;
  for (uint64_t i = 0; i < 2000; ++i) {
    Random random{2, i};
    const std::string text = random_caption(row, {.caption = 0, .keywords = 1, .both = 0}, random);
    const auto words = words_of(text);
    ASSERT_GE(words.size(), 1u);
    for (const auto& word : words) {
      ASSERT_EQ(words.count(word), 1u) << text;
      ASSERT_TRUE(word == "one" || word == "two" || word == "three") << text;
    }
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 3u + 6u + 6u);  // ordered choices of one, two and three of three
}

TEST(RandomCaption, WithoutKeywordsACaption) {
  const TrainingRow row = row_of({"a", "b"}, {});
  std::map<std::string, int> counts;
  for (uint64_t i = 0; i < 1000; ++i) {
    Random random{3, i};
    ++counts[random_caption(row, {.caption = 0, .keywords = 1, .both = 0}, random)];
  }
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_NEAR(counts["a"], 500, 64);
}

class ReadTrainingSet : public ::testing::Test {
 protected:
  void add(const std::string& file, const nlohmann::json& about, const std::string& bytes) {
    folder_.write(file, bytes);
    nlohmann::json line = about;
    line["file_name"] = file;
    metadata_ += line.dump() + "\n";
    folder_.write("metadata.jsonl", metadata_);
  }
  static std::string image() {
    std::ifstream file(SIGHTLINE_SOURCE_DIR "/tests/golden/image/exif6.png", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  TrainingSet read(const std::string& split) {
    return read_training_set(folder_.path(), {split, 0, false}, {&images_, 20}, Recipe{}, {});
  }

  std::vector<uint8_t> pixels(const TrainingRow& row) const {
    Image buffer;
    return images_.get(row.image, buffer).pixels;
  }

  TemporaryFolder folder_;
  ImageStore images_{folder_.path(), int64_t{1} << 30};
  std::string metadata_;
};

TEST_F(ReadTrainingSet, TakesOneSplitSizesImagesAndSplitsKeywords) {
  add("a.png", {{"text", "first"}, {"keywords", " big | red ball|| | x "}, {"split", "train"}},
      image());
  add("b.png", {{"text", "second"}, {"keywords", ""}, {"split", "train"}}, image());
  add("c.png", {{"text", "third"}, {"keywords", "z"}, {"split", "test"}}, image());
  const TrainingSet set = read("train");
  ASSERT_EQ(set.rows.size(), 2u);
  EXPECT_TRUE(set.skipped.empty());
  Image buffer;
  EXPECT_EQ(images_.get(set.rows[0].image, buffer).width, 20);
  EXPECT_EQ(images_.get(set.rows[0].image, buffer).pixels.size(), 20u * 20u * 3u);
  EXPECT_EQ(set.rows[0].keywords, (std::vector<std::string>{"big", "red ball", "x"}));
  EXPECT_TRUE(set.rows[1].keywords.empty());
  EXPECT_EQ(all_texts(set), (std::vector<std::string>{"first", "big", "red ball", "x", "second"}));
}

TEST_F(ReadTrainingSet, TakesSeveralSplitsAndColumns) {
  add("a.png", {{"text", "first"}, {"keywords", "x | y"}, {"group", "g"}, {"split", "train"}},
      image());
  add("b.png", {{"text", "second"}, {"keywords", "z"}, {"group", "h"}, {"split", "novel"}},
      image());
  add("c.png", {{"text", "third"}, {"keywords", ""}, {"group", "h"}, {"split", "test"}}, image());
  Recipe recipe;
  recipe.keywords_columns = {"keywords", "group", "none"};
  const TrainingSet set =
      read_training_set(folder_.path(), {"train,test", 0, false}, {}, recipe, {});
  ASSERT_EQ(set.rows.size(), 2u);
  EXPECT_EQ(set.rows[0].keywords, (std::vector<std::string>{"x", "y", "g"}));
  EXPECT_EQ(set.rows[1].captions[0], "third");
  EXPECT_EQ(set.rows[1].keywords, (std::vector<std::string>{"h"}));
}

TEST_F(ReadTrainingSet, LabelsAreThoseOfTheColumnSorted) {
  for (const char* label : {"plant", "animal", "plant"}) {
    add(std::string(label) + std::to_string(metadata_.size()) + ".png",
        {{"text", "x"}, {"kind", label}, {"split", "train"}}, image());
  }
  Recipe recipe;
  recipe.label_column = "kind";
  const TrainingSet set =
      read_training_set(folder_.path(), {"train", 0, false}, {&images_, 20}, recipe, {});
  ASSERT_EQ(set.rows.size(), 3u);
  EXPECT_EQ(set.rows[0].label, "plant");
  EXPECT_EQ(all_labels(set), (std::vector<std::string>{"animal", "plant"}));
  EXPECT_EQ(read("train").rows[0].label, "");  // no such column
}

TEST_F(ReadTrainingSet, ImagesHaveTheOrientationOfTheRecipe) {
  const auto golden = [](int orientation) {
    return read_text_file(std::filesystem::path(SIGHTLINE_SOURCE_DIR) /
                          "tests/golden/image/orientation" /
                          ("png_exif_" + std::to_string(orientation) + ".png"));
  };
  add("a.png", {{"text", "first"}, {"split", "train"}}, golden(1));
  add("b.png", {{"text", "second"}, {"split", "train"}}, golden(3));
  Recipe recipe;
  const TrainingSet upright =
      read_training_set(folder_.path(), {"train", 0, false}, {&images_, 20}, recipe, {});
  EXPECT_NE(pixels(upright.rows[0]), pixels(upright.rows[1]));
  recipe.orientation = OrientationProfile::stored;
  const TrainingSet stored =
      read_training_set(folder_.path(), {"train", 0, false}, {&images_, 20}, recipe, {});
  EXPECT_EQ(pixels(stored.rows[0]), pixels(stored.rows[1]));
}

TEST_F(ReadTrainingSet, WithoutImagesNothingIsDecoded) {
  add("a.png", {{"text", "first"}, {"split", "train"}}, "not an image");
  const TrainingSet set = read_training_set(folder_.path(), {"train", 0, false}, {}, Recipe{}, {});
  ASSERT_EQ(set.rows.size(), 1u);
  EXPECT_EQ(set.rows[0].image, -1);
}

TEST_F(ReadTrainingSet, BrokenRowsAreNamedAndAllBrokenIsAnError) {
  add("a.png", {{"text", "first"}, {"split", "train"}}, image());
  add("b.png", {{"text", "second"}, {"split", "train"}}, "not an image");
  add("c.png", {{"text", "third"}, {"split", "other"}}, "");
  const TrainingSet set = read("train");
  EXPECT_EQ(set.rows.size(), 1u);
  ASSERT_EQ(set.skipped.size(), 1u);
  EXPECT_EQ(set.skipped[0].id, "b.png");
  EXPECT_FALSE(set.skipped[0].reason.empty());
  try {
    read("other");
    FAIL() << "a split without one usable row was accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("other"), std::string::npos) << error.what();
  }
}

// A data set whose rows have no split; every image occurs twice.
class HeldOutRows : public ReadTrainingSet {
 protected:
  void SetUp() override {
    dataset_.path = folder_.path();
    for (int i = 0; i < 200; ++i) {
      const std::string name = std::to_string(i);
      add(name + ".bin", {{"text", "image " + std::to_string(i / 2)}},
          "image " + std::to_string(i / 2));
    }
  }
  std::set<std::string> captions(const RowSelection& rows) {
    std::set<std::string> all;
    for (const TrainingRow& row : read_training_set(dataset_.path, rows, {}, recipe_, {}).rows)
      all.insert(row.captions.begin(), row.captions.end());
    return all;
  }
  Recipe recipe_;
  RecipeDataset dataset_;
};

TEST_F(HeldOutRows, AreAShareOfTheImagesAndNotTrainedOn) {
  TrainOptions options;
  options.held_out = 0.2;
  const RunRows rows = choose_rows(dataset_, options);
  ASSERT_EQ(rows.evaluate.size(), 1u);
  EXPECT_EQ(rows.evaluate[0].first, "held-out");
  const auto trained = captions(rows.train), held_out = captions(rows.evaluate[0].second);
  EXPECT_EQ(trained.size() + held_out.size(), 100u);  // repeated images are on one side
  EXPECT_NEAR(static_cast<double>(held_out.size()), 20, 12);
  for (const std::string& caption : held_out) EXPECT_EQ(trained.count(caption), 0u) << caption;
}

TEST_F(HeldOutRows, OfALargerShareIncludeThoseOfASmallerOne) {
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = "image " + std::to_string(i);
    const std::span image(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    EXPECT_FALSE(is_held_out(image, 0));
    EXPECT_TRUE(is_held_out(image, 1));
    if (is_held_out(image, 0.1)) {
      EXPECT_TRUE(is_held_out(image, 0.3));
    }
  }
}

TEST_F(HeldOutRows, OfNoneTrainOnAll) {
  TrainOptions options;
  options.held_out = 0;
  const RunRows rows = choose_rows(dataset_, options);
  EXPECT_TRUE(rows.evaluate.empty());
  EXPECT_EQ(captions(rows.train).size(), 100u);
}

TEST_F(HeldOutRows, AreTakenFromTheTrainingSplitIfThereIsOne) {
  add("test.bin", {{"text", "test"}, {"split", "test"}}, "test");
  add("train.bin", {{"text", "train"}, {"split", "train"}}, "train");
  TrainOptions options;
  options.held_out = 0;
  EXPECT_EQ(choose_rows(dataset_, options).train.split, "train");
}

TEST_F(HeldOutRows, NamedSplitsReplaceThoseOfTheRecipe) {
  dataset_.evaluate_splits = {"test", "novel"};
  TrainOptions options;
  options.train_split = "a";
  EXPECT_EQ(choose_rows(dataset_, options).train.split, "a");
  EXPECT_EQ(choose_rows(dataset_, options).evaluate.size(), 2u);
  options.train_split = "novel";
  EXPECT_THROW(choose_rows(dataset_, options), Error);  // evaluates on its training images
  options.train_split = "a,test";
  EXPECT_THROW(choose_rows(dataset_, options), Error);
  options = {};
  dataset_.train_split = "train,novel";  // in the recipe itself
  EXPECT_THROW(choose_rows(dataset_, options), Error);
  for (const char* splits : {"train, novel", " test", "", ",", " "}) {  // the last three: all rows
    dataset_.train_split = splits;
    options.train_split = splits;
    EXPECT_THROW(choose_rows(dataset_, options), Error) << splits;
  }
  options = {};
  dataset_.train_split = "train";
  for (const char* split : {"train ", "", ", "}) {
    options.validation_splits = {split};
    EXPECT_THROW(choose_rows(dataset_, options), Error) << split;
  }
  options.train_split = "a";
  options.validation_splits = {"b"};
  ASSERT_EQ(choose_rows(dataset_, options).evaluate.size(), 1u);
  EXPECT_EQ(choose_rows(dataset_, options).evaluate[0].second.split, "b");
  options.held_out = 0.1;
  EXPECT_THROW(choose_rows(dataset_, options), Error);
  options = {};
  options.held_out = 1.5;
  EXPECT_THROW(choose_rows(dataset_, options), Error);
}

TEST(EpochOrder, IsAPermutationWithoutWeights) {
  TrainingSet set;
  set.rows.resize(50);
  std::vector<int64_t> order = epoch_order(set, 3, 1);
  EXPECT_EQ(order, epoch_order(set, 3, 1));
  EXPECT_NE(order, epoch_order(set, 3, 2));
  EXPECT_EQ(rows_per_epoch(set), 50);
  std::ranges::sort(order);
  for (int64_t i = 0; i < 50; ++i) EXPECT_EQ(order.at(static_cast<size_t>(i)), i);
}

TEST(EpochOrder, UsesRowsByTheirWeight) {
  TrainingSet set;
  set.rows.resize(40);
  for (size_t i = 0; i < 20; ++i) set.rows[i].weight = 2.5;
  for (size_t i = 20; i < 40; ++i) set.rows[i].weight = 0.3;
  EXPECT_EQ(rows_per_epoch(set), 56);
  std::vector<int> used(40, 0);
  constexpr int kEpochs = 200;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const auto order = epoch_order(set, 1, epoch);
    EXPECT_GE(static_cast<int64_t>(order.size()), rows_per_epoch(set));
    EXPECT_LE(static_cast<int64_t>(order.size()), rows_per_epoch(set) + 1);
    EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()).size(), order.size());
    for (const int64_t sample : order) ++used[static_cast<size_t>(row_index(set, sample))];
  }
  for (size_t i = 0; i < 40; ++i)
    EXPECT_NEAR(used[i] / static_cast<double>(kEpochs), set.rows[i].weight, 0.15) << i;
}

TEST_F(HeldOutRows, WithoutSplitsTheErrorNamesTheOptions) {
  try {
    read("train");
    ADD_FAILURE() << "there is no split";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data);
    EXPECT_NE(std::string(error.what()).find("has no splits"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("--held-out"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace sightline
