// Classification of data sets with labels, with a table instead of a model.
#include <gtest/gtest.h>
#include <sightline/classification.h>
#include <sightline/error.h>

#include <cmath>

#include "eval/classification/run.h"
#include "expect_error.h"
#include "unit/data/temporary_folder.h"
#include "unit/eval/letter_encoder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::LetterEncoder;
using testing::TemporaryFolder;

LoadedEncoder load_letters(const fs::path&, std::optional<Precision>, RowReader&) {
  return {std::make_unique<LetterEncoder>("letters"), ""};
}

TEST(RunClassification, ReadsAFolderForEachClass) {
  const TemporaryFolder folder;
  folder.write("cat/1.jpg", "c");
  folder.write("cat/2.jpg", "d");  // looks like a dog
  folder.write("dog/1.jpg", "d");
  folder.write("dog/2.jpg", "d");  // repeats an image, and counts
  folder.write("dog/3.jpg", "!");  // broken
  folder.write("top.jpg", "c");    // in no folder
  ClassificationOptions options;
  options.input.dataset.path = folder.path();
  options.models = {"one", "two"};
  options.task.prompts.templates = {"{c}"};
  options.statistics = {.resamples = 100, .permutations = 100};
  const ClassificationResult result = run_classification_with(options, load_letters);
  EXPECT_EQ(result.label_column, "folder");
  ASSERT_EQ(result.classes.size(), 2u);
  EXPECT_EQ(result.classes[1].name, "dog");
  EXPECT_EQ(result.classes[1].images, 2);
  ASSERT_EQ(result.images.size(), 4u);
  EXPECT_EQ(result.models[0].ranks, (std::vector<int64_t>{1, 2, 1, 1}));
  EXPECT_EQ(result.models[0].predicted[1], 1);
  EXPECT_DOUBLE_EQ(result.models[1].values[0], 0.75);
  ASSERT_EQ(result.skipped.size(), 2u);
  EXPECT_EQ(result.skipped[1].reason, "it has no label");
  EXPECT_EQ(result.models[1].label, "letters (2)");
  EXPECT_TRUE(is_labeled_only({.path = folder.path(), .options = {}, .splits = {}}));
}

// Letters are classes; an image of no class, a class of no image, and a plain label in one row.
TEST(RunClassification, RanksImagesOfSeveralClasses) {
  const TemporaryFolder folder;
  for (const std::string name : {"cow", "dog", "eel"}) folder.write(name, name);
  folder.write("metadata.csv",
               "file_name,labels,note\n"
               "cow,\"[\"\"cat\"\", \"\"dog\"\"]\",x\ndog,dog,y\neel,[],z\n");
  folder.write("names.txt", "cat\ndog\nfox\n");
  ClassificationOptions options;
  options.input.dataset.path = folder.path();
  options.models = {"one"};
  options.task.prompts.templates = {"{c}"};
  options.task.names = read_class_names(folder.path() / "names.txt", "x");
  options.statistics = {.resamples = 100, .permutations = 100};
  const ClassificationResult result = run_classification_with(options, load_letters);
  EXPECT_TRUE(result.multilabel);
  EXPECT_EQ(result.label_column, "labels");
  ASSERT_EQ(result.images.size(), 3u);
  EXPECT_EQ(result.images[0].classes, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(result.images[1].classes, std::vector<int64_t>{1});
  EXPECT_TRUE(result.images[2].classes.empty());
  EXPECT_EQ(result.classes[1].images, 2);
  const ClassifiedModel& model = result.models[0];
  EXPECT_DOUBLE_EQ(model.average_precision[0], 1);
  // The dog first; the cow ties with the eel, which comes first.
  EXPECT_DOUBLE_EQ(model.average_precision[1], (1 + 2.0 / 3) / 2);
  EXPECT_TRUE(std::isnan(model.average_precision[2]));
  EXPECT_DOUBLE_EQ(model.values[3], (1 + (1 + 2.0 / 3) / 2) / 2);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0],
            "1 class has no image and no average precision, and mean average precision leaves it "
            "out: 'fox'");
  EXPECT_TRUE(is_labeled_only(options.input.dataset));
}

TEST(RunClassification, ReadsTheOnlyColumnOfATableAsLabels) {
  const TemporaryFolder folder;
  for (const std::string name : {"cow", "dog"}) folder.write(name + ".jpg", name);
  const fs::path csv = folder.write("animals.csv", "image,label\ncow.jpg,cat\ndog.jpg,dog\n");
  ClassificationOptions options;
  options.input.dataset.path = csv;
  options.models = {"one"};
  options.task.prompts.templates = {"{c}"};
  options.statistics = {.resamples = 100, .permutations = 100};
  EXPECT_TRUE(is_labeled_only(options.input.dataset));
  const ClassificationResult result = run_classification_with(options, load_letters);
  EXPECT_EQ(result.label_column, "label");
  EXPECT_FALSE(result.multilabel);
  EXPECT_EQ(result.models[0].values[0], 1);
  // Of any name, if it is requested.
  options.input.dataset.path =
      folder.write("pets.csv", "image,pet\ncow.jpg,\"[\"\"cat\"\", \"\"dog\"\"]\"\ndog.jpg,dog\n");
  options.task.label_column = "pet";
  const ClassificationResult pets = run_classification_with(options, load_letters);
  EXPECT_EQ(pets.label_column, "pet");
  EXPECT_TRUE(pets.multilabel);
  EXPECT_EQ(pets.classes[1].images, 2);
  options.input.dataset.path = csv;
  options.task.label_column = "";
  // Two lines with different labels of one image: the second one is reported.
  folder.write("animals.csv", "image,label\ncow.jpg,cat\ndog.jpg,dog\ncow.jpg,dog\n");
  const ClassificationResult again = run_classification_with(options, load_letters);
  ASSERT_EQ(again.skipped.size(), 1u);
  EXPECT_EQ(again.skipped[0].id, "animals.csv:4");
  EXPECT_NE(again.skipped[0].reason.find("write several labels as a list in one line"),
            std::string::npos);
}

TEST(RunClassification, RefusesDataWithoutClasses) {
  const TemporaryFolder folder;
  folder.write("1.jpg", "c");
  ClassificationOptions options;
  options.input.dataset.path = folder.path();
  options.models = {"one"};
  const auto run = [&] { run_classification_with(options, load_letters); };
  EXPECT_FALSE(is_labeled_only(options.input.dataset));
  expect_error(ErrorCode::invalid_data, "has no labels (1 rows), read as folder", run);
  folder.write("cat/1.jpg", "c");
  expect_error(ErrorCode::invalid_data, "has one class, 'cat'", run);
  options.task.label_column = "kind";
  expect_error(ErrorCode::not_found, "has no row with a label in the column 'kind'", run);
  // A list that is no JSON is skipped with its reason.
  folder.write("dog/1.jpg", "d");
  folder.write("metadata.csv",
               "file_name,kind\ncat/1.jpg,\"['a', 'b']\"\n1.jpg,cat\ndog/1.jpg,dog\n");
  options.statistics = {.resamples = 10, .permutations = 10};
  options.task.prompts.templates = {"{c}"};
  const ClassificationResult result = run_classification_with(options, load_letters);
  ASSERT_EQ(result.skipped.size(), 1u);
  EXPECT_EQ(result.skipped[0].reason,
            "its labels in the column 'kind' begin like a list, but are no JSON list of texts or "
            "integers such as [\"cat\", \"dog\"]");
}

}  // namespace
}  // namespace sightline
