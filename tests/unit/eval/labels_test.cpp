#include "eval/labels.h"

#include <gtest/gtest.h>

#include "expect_error.h"

namespace sightline {
namespace {

using Labels = std::vector<std::string>;

TEST(DistinctLabels, AreNamesWhereTheyDiffer) {
  EXPECT_EQ(distinct_labels({{"a", "x/a", ""}, {"b", "y/b", " int8"}}), (Labels{"a", "b int8"}));
}

TEST(DistinctLabels, HaveAsManyParentsAsTellPathsApart) {
  EXPECT_EQ(distinct_labels({{"model", "/r/a/model", ""}, {"model", "/r/b/model/", ""}}),
            (Labels{"a/model", "b/model"}));
  EXPECT_EQ(distinct_labels({{"model", "/r/a/x/model", ""},
                             {"model", "/r/b/x/model", ""},
                             {"other", "/r/b/x/other", ""}}),
            (Labels{"a/x/model", "b/x/model", "other"}));
}

TEST(DistinctLabels, AreNumberedForOnePath) {
  EXPECT_EQ(distinct_labels({{"m", "/r/m", ""}, {"m", "/r/m", ""}, {"m", "/r/m", ""}}),
            (Labels{"m", "m (2)", "m (3)"}));
  EXPECT_EQ(distinct_labels({{"m", "/a/m", ""}, {"m", "/b/m", ""}, {"m", "/b/m", ""}}),
            (Labels{"a/m", "b/m", "b/m (2)"}));
  EXPECT_EQ(distinct_labels({{"m", "/a/m", " bf16"}, {"m", "/a/m", " int8"}}),
            (Labels{"m bf16", "m int8"}));
}

TEST(DistinctLabels, KeepGivenLabels) {
  std::vector<ModelToLabel> models;
  for (const char* spec : {"ours=/r/a/model", "ours=/r/b/model", "text=/r/t,image=/r/i"})
    models.push_back(model_to_label("ours", spec, ""));
  models.push_back(model_to_label("ours", "/r/c/ours", ""));
  EXPECT_EQ(models[3].path, "/r/c/ours");
  EXPECT_EQ(distinct_labels({models[0], models[1]}), (Labels{"ours", "ours (2)"}));
  EXPECT_EQ(distinct_labels({models[0], models[2]}), (Labels{"ours", "ours (2)"}));
  EXPECT_EQ(distinct_labels({models[0], models[3]}), (Labels{"ours", "c/ours"}));
}

// The parents of the adapters tell them apart, not those of the model.
TEST(DistinctLabels, HaveTheParentsOfAdapters) {
  std::vector<ModelToLabel> models;
  for (const char* spec : {"m/vit+out/lora/adapter", "m/vit+out/prompt/adapter"})
    models.push_back(model_to_label("vit+adapter", spec, ""));
  EXPECT_EQ(distinct_labels(models), (Labels{"vit+lora/adapter", "vit+prompt/adapter"}));
  EXPECT_EQ(distinct_labels({models[0]}), (Labels{"vit+adapter"}));
}

TEST(GivenLabels, AreNotThatOfTheChanceLevel) {
  test::expect_error(ErrorCode::invalid_argument, "the label 'chance' is taken", [] {
    check_given_labels({{"chance", "x"}});
  });
}

TEST(GivenLabels, MustDiffer) {
  EXPECT_NO_THROW(check_given_labels({{"a", "x"}, {"b", "x"}, {"", "m"}, {"", "m"}}));
  test::expect_error(ErrorCode::invalid_argument,
                     "the label 'a' is given to 'x' and to 'z'; labels must differ", [] {
                       check_given_labels({{"a", "x"}, {"b", "y"}, {"a", "z"}});
                     });
}

}  // namespace
}  // namespace sightline
