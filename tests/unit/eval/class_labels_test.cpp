// Labels of rows, and the names and prompts of classes.
#include <gtest/gtest.h>
#include <sightline/classification.h>
#include <sightline/error.h>

#include "eval/classification/labels.h"
#include "expect_error.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using testing::TemporaryFolder;

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

}  // namespace
}  // namespace sightline
