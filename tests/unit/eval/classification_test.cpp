// Zero-shot classification: CLIP_benchmark's figures, class names and prompts, labels, statistics.
#include <gtest/gtest.h>
#include <sightline/classification.h>
#include <sightline/error.h>

#include <cmath>
#include <fstream>

#include "base/file.h"
#include "base/json.h"
#include "eval/classification/labels.h"
#include "eval/classification/run.h"
#include "expect_error.h"
#include "unit/eval/json_matrix.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::matrix_of;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sl_classes_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// A result of these ranks, for `classes` classes.
ClassificationResult result_of(const std::vector<int64_t>& image_classes, size_t classes,
                               const std::vector<std::vector<int64_t>>& ranks) {
  ClassificationResult result;
  for (size_t c = 0; c < classes; ++c)
    result.classes.push_back({"class " + std::to_string(c), "", 0, 1});
  for (const int64_t c : image_classes) {
    result.images.push_back({std::to_string(result.images.size()), "", c});
    ++result.classes[static_cast<size_t>(c)].images;
  }
  for (const auto& of_model : ranks) {
    ClassifiedModel model;
    model.label = "model " + std::to_string(result.models.size());
    model.ranks = of_model;
    model.predicted = image_classes;
    result.models.push_back(model);
  }
  result.statistics.resamples = 2000;
  result.statistics.permutations = 2000;
  return result;
}

TEST(Classification, HasTheFiguresOfClipBenchmark) {
  const auto golden = nlohmann::json::parse(
      read_text_file(SIGHTLINE_SOURCE_DIR "/tests/golden/classification.json"));
  const auto classes = golden["prompt_class"].get<std::vector<int64_t>>();
  const auto target = golden["target"].get<std::vector<int64_t>>();
  const Matrix classifier = zero_shot_classifier(matrix_of(golden["prompts"]), classes, 7);
  const Matrix expected = matrix_of(golden["classifier"]);
  for (size_t i = 0; i < expected.values.size(); ++i)
    EXPECT_NEAR(classifier.values[i], expected.values[i], 1e-6);
  ClassificationResult result = result_of(target, 7, {std::vector<int64_t>(target.size())});
  classify(matrix_of(golden["images"]), classifier, target, result.models[0]);
  EXPECT_EQ(result.models[0].predicted, golden["predicted"].get<std::vector<int64_t>>());
  summarize_classification(result);
  const ClassifiedModel& model = result.models[0];
  EXPECT_NEAR(model.values[0], golden["acc1"].get<double>(), 1e-12);
  EXPECT_NEAR(model.values[1], golden["acc5"].get<double>(), 1e-12);
  EXPECT_NEAR(model.values[2], golden["mean_per_class_recall"].get<double>(), 1e-12);
  EXPECT_TRUE(std::isnan(model.class_recall[5]));  // no image
  for (const ClassMetric metric : metrics_of(result)) {
    const auto& interval = model.intervals[static_cast<size_t>(metric)];
    ASSERT_TRUE(interval);
    EXPECT_LT(interval->low, interval->high);
  }
  EXPECT_FALSE(model.intervals[3]);
}

TEST(Classification, CountsTiesAgainstTheModel) {
  Matrix images(1, 2), classifier(3, 2);
  images.values = {1, 0};
  classifier.values = {0, 1, 1, 0, 1, 0};
  ClassifiedModel model;
  classify(images, classifier, std::vector<int64_t>{2}, model);
  EXPECT_EQ(model.ranks, std::vector<int64_t>{2});
  EXPECT_EQ(model.predicted, std::vector<int64_t>{1});
}

TEST(Classification, RefusesWrongSizes) {
  ClassifiedModel model;
  const std::vector<int64_t> one = {0}, outside = {4};
  expect_error(ErrorCode::invalid_argument, "cannot classify 1 images",
               [&] { classify(Matrix(1, 2), Matrix(3, 4), one, model); });
  expect_error(ErrorCode::invalid_argument, "image 0 has the class 4 of 3",
               [&] { classify(Matrix(1, 2), Matrix(3, 2), outside, model); });
  expect_error(ErrorCode::invalid_argument, "class 1 has no prompt", [&] {
    Matrix prompts(1, 2);
    prompts.values = {1, 0};
    zero_shot_classifier(prompts, one, 2);
  });
}

TEST(Classification, HasNoAcc5ForFourClasses) {
  ClassificationResult result = result_of({0, 1, 2, 3}, 4, {{1, 2, 1, 1}, {1, 1, 1, 1}});
  summarize_classification(result);
  EXPECT_TRUE(std::isnan(result.models[0].values[1]));
  EXPECT_FALSE(result.models[0].intervals[1]);
  EXPECT_TRUE(std::isnan(chance_of(result, ClassMetric::accuracy_at_5)));
  for (const ClassComparison& c : result.comparisons)
    EXPECT_NE(c.metric, ClassMetric::accuracy_at_5);
}

TEST(Classification, MeanRecallWeighsClassesEqually) {
  // Class 0: 6 of 8 right; class 1: 0 of 2.
  ClassificationResult result =
      result_of({0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 2, {{1, 1, 1, 1, 1, 1, 2, 2, 2, 2}});
  summarize_classification(result);
  EXPECT_DOUBLE_EQ(result.models[0].values[0], 0.6);
  EXPECT_DOUBLE_EQ(result.models[0].values[2], 0.375);
  EXPECT_DOUBLE_EQ(result.models[0].class_recall[0], 0.75);
}

TEST(Classification, ComparesModelsOnTheSameImages) {
  std::vector<int64_t> classes, good, bad;
  for (int64_t i = 0; i < 60; ++i) {
    classes.push_back(i % 6);
    good.push_back(i % 10 == 0 ? 2 : 1);
    bad.push_back(i % 2 == 0 ? 6 : 1);
  }
  ClassificationResult result = result_of(classes, 6, {good, bad, good});
  summarize_classification(result);
  ASSERT_EQ(result.comparisons.size(), 9u);
  const ClassComparison& first = result.comparisons[0];
  EXPECT_DOUBLE_EQ(first.difference, 0.9 - 0.5);
  EXPECT_LT(first.p_corrected, 0.05);
  ASSERT_TRUE(first.interval);
  EXPECT_GT(first.interval->low, 0);
  EXPECT_EQ(result.comparisons[1].p, 1);  // equal models
  EXPECT_EQ(best_models(result, ClassMetric::accuracy_at_1), (std::vector<int>{0, 2}));
}

// A bootstrap of one value per image has the standard error of a share.
TEST(Classification, IntervalHasTheWidthOfABinomialShare) {
  std::vector<int64_t> classes, ranks;
  for (int64_t i = 0; i < 400; ++i) {
    classes.push_back(i % 5);
    ranks.push_back(i % 4 == 0 ? 2 : 1);
  }
  ClassificationResult result = result_of(classes, 5, {ranks});
  summarize_classification(result);
  const Interval interval = *result.models[0].intervals[0];
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * std::sqrt(0.75 * 0.25 / 400), 0.01);
}

// The only label of a row; empty if it has none or a list.
std::string text_of_label(LabelReader& reader, const std::string& id,
                          const std::map<std::string, std::string>& extra) {
  const RowLabels row = reader.labels_of(id, extra);
  return row.is_list || row.labels.empty() ? "" : row.labels[0];
}

TEST(ClassLabels, AreFoldersOrColumns) {
  LabelReader folders("", true);
  EXPECT_EQ(text_of_label(folders, "train/cat/1.jpg", {}), "cat");
  EXPECT_EQ(text_of_label(folders, "1.jpg", {}), "");
  EXPECT_EQ(text_of_label(folders, "dog/2.jpg", {{"label", "x"}}),
            "dog");  // decided by the first row
  EXPECT_EQ(folders.column(), "folder");
  LabelReader column("", true);
  EXPECT_EQ(text_of_label(column, "dog/2.jpg", {{"label", " 3 "}}), "3");
  EXPECT_EQ(column.column(), "label");
  LabelReader named("kind", true);
  EXPECT_EQ(text_of_label(named, "dog/2.jpg", {{"label", "3"}}), "");
  LabelReader none("", false);
  EXPECT_EQ(text_of_label(none, "dog/2.jpg", {}), "");
}

TEST(ClassLabels, AreListsInColumns) {
  LabelReader reader("", true);
  const auto labels = [&](const std::string& cell) {
    return reader.labels_of("dog/2.jpg", {{"labels", cell}});
  };
  EXPECT_EQ(labels(R"(["dog", " cat ", "dog", ""])").labels,
            (std::vector<std::string>{"dog", "cat"}));
  EXPECT_EQ(labels("[3,1]").labels, (std::vector<std::string>{"3", "1"}));
  EXPECT_TRUE(labels(R"(["dog"])").is_list);
  EXPECT_TRUE(labels("[]").is_labeled());  // an image without a class
  EXPECT_FALSE(labels("").is_labeled());
  for (const std::string text : {"[dog]", "[1.5]", "[[1]]", "[", "dog"}) {
    EXPECT_FALSE(labels(text).is_list) << text;
    EXPECT_EQ(labels(text).labels, std::vector<std::string>{text});
  }
  EXPECT_EQ(reader.column(), "labels");
  // A list of Python, or one that was cut off, is no class.
  for (const std::string text : {"['dog', 'cat']", R"(["dog", "ca)", R"([ "dog", 1.5])"})
    EXPECT_TRUE(labels(text).labels.empty()) << text;
}

TEST(ClassLabels, AreInColumnsOfAnyCase) {
  LabelReader reader("", false);
  EXPECT_EQ(text_of_label(reader, "1", {{"Labels", "cat"}}), "cat");
  EXPECT_EQ(reader.column(), "Labels");
}

TEST(ClassLabels, SelectClasses) {
  const auto names = [](const Classes& made) {
    std::vector<std::string> out;
    for (const ImageClass& one : made.classes) out.push_back(one.name);
    return out;
  };
  EXPECT_EQ(names(make_classes({"sea_lion", "cat"}, {})),
            (std::vector<std::string>{"cat", "sea lion"}));
  EXPECT_EQ(names(make_classes({"10", "9"}, {})), (std::vector<std::string>{"9", "10"}));
  const ClassNames three{{"zebra", "cat", "dog"}, {}};
  EXPECT_EQ(make_classes({"dog", "cat"}, three).of_label.at("dog"), 2);     // names
  EXPECT_EQ(make_classes({"0", "2"}, three).of_label.at("2"), 2);           // indices
  EXPECT_EQ(make_classes({"n1", "n2", "n3"}, three).of_label.at("n1"), 0);  // as many
  const ClassNames mapped{{"cat", "dog"}, {{"n1", "dog"}, {"n2", "cat"}}};
  EXPECT_EQ(make_classes({"n1", "n2"}, mapped).of_label.at("n1"), 1);
  expect_error(ErrorCode::invalid_data, "the label 'n3' has no class", [&] {
    make_classes({"n1", "n3"}, mapped);
  });
  expect_error(ErrorCode::invalid_data, "the label '3' has no class", [&] {
    make_classes({"0", "3"}, three);
  });
  expect_error(ErrorCode::invalid_data, "both name the class 'a b'", [&] {
    make_classes({"a_b", "a b"}, {});
  });
  expect_error(ErrorCode::invalid_data, "the class 'cat' is named twice", [&] {
    make_classes({"cat"}, ClassNames{{"cat", "cat"}, {}});
  });
  expect_error(ErrorCode::invalid_data, "'names.json': the class 'cat' is named twice", [&] {
    make_classes({"cat"}, ClassNames{{"cat", "cat"}, {}, "names.json"});
  });
}

TEST(ClassNames, AreReadInAllForms) {
  const TemporaryFolder folder;
  const std::vector<std::string> expected = {"tench", "goldfish"};
  EXPECT_EQ(read_class_names(folder.write("a.json", R"(["tench", "goldfish"])"), "x").names,
            expected);
  EXPECT_EQ(read_class_names(folder.write("b.txt", "tench\n\ngoldfish\n"), "x").names, expected);
  const fs::path several =
      folder.write("c.json", R"({"mnist": ["0", "1"], "fish": ["tench", "goldfish"]})");
  EXPECT_EQ(read_class_names(several, "fish").names, expected);
  expect_error(ErrorCode::invalid_data,
               "has no member 'cars' for the data set, only 'mnist', 'fish'",
               [&] { read_class_names(several, "cars"); });
  const ClassNames mapped =
      read_class_names(folder.write("d.json", R"({"n2": "tench", "n1": "goldfish"})"), "x");
  EXPECT_EQ(mapped.names, expected);
  EXPECT_EQ(mapped.by_label.at("n1"), "goldfish");
  expect_error(ErrorCode::invalid_data, "is not in the expected form",
               [&] { read_class_names(folder.write("e.json", "[1, 2]"), "x"); });
}

TEST(ClassPrompts, AreReadInAllForms) {
  const TemporaryFolder folder;
  const ClassPrompts list =
      read_class_prompts(folder.write("a.json", R"(["a photo of a {c}.", "{}"])"), "x");
  EXPECT_EQ(prompts_of("cat", list), (std::vector<std::string>{"a photo of a cat.", "cat"}));
  EXPECT_EQ(prompts_of("x{}", list), (std::vector<std::string>{"a photo of a x{}.", "x{}"}));
  const fs::path several =
      folder.write("b.json", R"({"cars": ["a car: {c}"], "fish": ["a fish: {c}"]})");
  EXPECT_EQ(read_class_prompts(several, "fish").templates[0], "a fish: {c}");
  const ClassPrompts own = read_class_prompts(
      folder.write("c.json", R"({"tench": ["a green fish"], "cat": ["it purrs"]})"), "x");
  EXPECT_EQ(prompts_of("cat", own), std::vector<std::string>{"it purrs"});
  EXPECT_EQ(own.by_class[0].first, "tench");
  const ClassPrompts nested =
      read_class_prompts(folder.write("d.json", R"({"x": {"cat": ["it purrs"]}})"), "x");
  EXPECT_EQ(nested.by_class.size(), 1u);
  expect_error(ErrorCode::invalid_data, "there is no prompt for the class 'dog'",
               [&] { prompts_of("dog", own); });
  expect_error(ErrorCode::invalid_data, "a template without {c} or {} names no class",
               [&] { read_class_prompts(folder.write("e.json", R"(["cat"])"), "x"); });
}

// Maps an image file and a text to the unit vector of its first letter.
class LetterEncoder : public DualEncoder {
 public:
  LetterEncoder() { info_.name = "letters", info_.embedding_dim = 26; }
  const ModelInfo& info() const override { return info_; }
  std::string image_profile() const override { return "letters"; }
  std::string text_profile() const override { return "letters"; }
  Computation computation() const override { return {}; }
  EncodedImages encode_images(std::span<const ImageInput> inputs) override {
    EncodedImages out{Matrix(static_cast<int64_t>(inputs.size()), 26), {}};
    out.errors.resize(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].bytes[0] == '!') {
        out.errors[i] = "broken";
      } else {
        out.vectors.row(static_cast<int64_t>(i))[inputs[i].bytes[0] - 'a'] = 1;
      }
    }
    return out;
  }
  std::vector<TokenIds> tokenize(std::span<const std::string> texts) override {
    std::vector<TokenIds> out;
    for (const std::string& text : texts) out.push_back({{text[0] - 'a'}, false, ""});
    return out;
  }
  Matrix encode_tokens(std::span<const TokenIds> texts,
                       const std::function<std::string(int64_t)>& /*name*/) override {
    Matrix out(static_cast<int64_t>(texts.size()), 26);
    for (size_t i = 0; i < texts.size(); ++i)
      out.row(static_cast<int64_t>(i))[static_cast<size_t>(texts[i].ids[0])] = 1;
    return out;
  }

 private:
  ModelInfo info_;
};

LoadedEncoder load_letters(const fs::path&, std::optional<Precision>, RowReader&) {
  return {std::make_unique<LetterEncoder>(), ""};
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
