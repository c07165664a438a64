#include "train/excluded_subjects.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "expect_error.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using testing::TemporaryFolder;
using Texts = std::vector<std::string>;

TrainingRow row(Texts captions, Texts keywords = {}) {
  return {-1, std::move(captions), std::move(keywords), ""};
}

ExcludedSubjects subjects() {
  const std::vector<TrainingRow> held_out = {row({"fire engine"}, {"truck"}), row({"cat face"}),
                                             row({"red circle"}), row({"strawberry"}),
                                             row({"white flag button"})};
  std::vector<TrainingRow> all = {row({"cat"}), row({"blue flag"}, {"pole"}),
                                  row({"strawberry ice cream"}, {"sweet"})};
  all.insert(all.end(), held_out.begin(), held_out.end());
  ExcludedSubjects subjects;
  subjects.add(held_out, all);
  return subjects;
}

TEST(ExcludedSubjects, ACaptionContainsAllWords) {
  const auto excluded = subjects();
  EXPECT_TRUE(excluded.shows(row({"Fire engines in the old town"})));
  EXPECT_TRUE(excluded.shows(row({"an engine on fire"})));
  EXPECT_TRUE(excluded.shows(row({"a house", "two strawberries"})));
  EXPECT_FALSE(excluded.shows(row({"an engine"})));
  EXPECT_FALSE(excluded.shows(row({"strawberryish"})));
  EXPECT_FALSE(excluded.shows(row({"truck"})));  // a keyword of a held-out row is no subject
}

TEST(ExcludedSubjects, AKeywordIsExactlyTheWords) {
  const auto excluded = subjects();
  EXPECT_TRUE(excluded.shows(row({"vehicle"}, {"old", "Fire Engine"})));
  EXPECT_TRUE(excluded.shows(row({"fruit"}, {"strawberries"})));
  EXPECT_FALSE(excluded.shows(row({"vehicle"}, {"fire engine driver"})));
}

TEST(ExcludedSubjects, ColoursAndSizesNameNoSubject) {
  const auto excluded = subjects();
  EXPECT_TRUE(excluded.shows(row({"a small blue circle"})));
  EXPECT_FALSE(excluded.shows(row({"red"})));
}

TEST(ExcludedSubjects, WordsOfARowThatIsNotHeldOutAreNone) {
  const auto excluded = subjects();
  EXPECT_EQ(excluded.size(), 3u);  // not {cat} of "cat face" and not {flag}
  EXPECT_FALSE(excluded.shows(row({"cat"})));
  EXPECT_FALSE(excluded.shows(row({"black cat face"})));
  EXPECT_FALSE(excluded.shows(row({"flag"})));
}

TEST(ExcludedSubjects, RowsOfTheDataSetInAnotherStyleStay) {
  const auto excluded = subjects();
  EXPECT_FALSE(excluded.shows(row({"strawberry ice cream"}, {"sweet"})));
  EXPECT_TRUE(excluded.shows(row({"strawberry ice cream"}, {"other"})));
}

TEST(ExcludedSubjects, OfEachDataSetApplyToRowsOfTheOthers) {
  auto excluded = subjects();
  const TrainingRow ice = row({"strawberry ice cream"}, {"sweet"});
  excluded.add({row({"ice"})}, {row({"ice"})});
  EXPECT_EQ(excluded.size(), 4u);
  EXPECT_TRUE(excluded.shows(ice));
}

TEST(ExcludedSubjects, AreReadFromTheRecipesDataSets) {
  TemporaryFolder folder;
  const auto write = [&](const std::string& name, const nlohmann::json& rows) {
    std::string lines;
    for (const auto& line : rows) lines += line.dump() + "\n";
    folder.write(name + "/metadata.jsonl", lines);
    for (const char* image : {"a.png", "b.png"}) folder.write(name + '/' + image, "x");
  };
  write("one", {{{"file_name", "a.png"}, {"text", "sun hat"}, {"split", "novel"}},
                {{"file_name", "b.png"}, {"text", "moon"}, {"split", "train"}}});
  write("two", {{{"file_name", "a.png"}, {"text", "a hat in the sun"}, {"split", "train"}},
                {{"file_name", "b.png"}, {"text", "moon"}, {"split", "train"}}});
  Recipe recipe;
  recipe.exclude_subjects = {{(folder.path() / "one").string(), "novel"}};
  RecipeDataset one, two;
  one.path = (folder.path() / "one/").string();
  two.path = (folder.path() / "two").string();
  auto rows = read_training_set(two.path, {"train", 0, false}, {}, recipe, {}).rows;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(remove_excluded(read_excluded_subjects(recipe, two), rows), 1);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].captions[0], "moon");
  EXPECT_EQ(read_excluded_subjects(recipe, one).size(), 0u);  // its splits separate its rows
  recipe.exclude_subjects[0].split = "novl";
  test::expect_error(ErrorCode::not_found,
                     "the recipe's 'exclude_subjects' cannot be read: '" + one.path.substr(0, 4),
                     [&] { read_excluded_subjects(recipe, two); });
}

}  // namespace
}  // namespace sightline
