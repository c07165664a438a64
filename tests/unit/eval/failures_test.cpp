// Hubs, corrections, groups and the typographic attack.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/failures.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "eval/failures/attack_plan.h"
#include "eval/failures/changes.h"
#include "eval/failures/corrections.h"
#include "eval/failures/groups.h"
#include "eval/failures/hubness.h"
#include "eval/failures/query_bank.h"
#include "eval/failures/typographic.h"
#include "eval/noise.h"
#include "eval/robustness.h"

namespace sightline {
namespace {

using Ranks = std::vector<int64_t>;

Matrix matrix(const std::vector<std::vector<float>>& rows) {
  Matrix out(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(rows[i], out.row(static_cast<int64_t>(i)).begin());
  return out;
}

// Written by tools/golden/failures.py.
class Golden : public testing::Test {
 protected:
  Golden() {
    const auto path = std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/failures.json";
    golden_ = parse_json(read_text_file(path, 1 << 24), path.string());
    set_.images = matrix(golden_["images"].get<std::vector<std::vector<float>>>());
    set_.texts = matrix(golden_["texts"].get<std::vector<std::vector<float>>>());
    set_.text_image = golden_["text_image"].get<Ranks>();
    bank_ = matrix(golden_["bank"].get<std::vector<std::vector<float>>>());
    options_.neighbours = golden_["neighbours"];
    options_.beta = golden_["beta"];
  }

  void expect_hubs(const Hubness& hubs, const nlohmann::json& expected) const {
    EXPECT_EQ(hubs.k, golden_["k"]);
    EXPECT_NEAR(hubs.skewness, expected["skewness"].get<double>(), 1e-9);
    EXPECT_NEAR(hubs.robin_hood, expected["robin_hood"].get<double>(), 1e-12);
    EXPECT_NEAR(hubs.never_found, expected["never_found"].get<double>(), 1e-12);
    const auto counts = expected["occurrences"].get<Ranks>();
    ASSERT_FALSE(hubs.hubs.empty());
    EXPECT_EQ(hubs.hubs[0].count, std::ranges::max(counts));
    for (const Hub& hub : hubs.hubs)
      EXPECT_EQ(hub.count, counts[static_cast<size_t>(hub.candidate)]);
  }

  nlohmann::json golden_;
  RetrievalSet set_;
  Matrix bank_;
  CorrectionOptions options_;
};

TEST_F(Golden, HubsAreThoseOfNumPy) {
  const int k = golden_["k"];
  expect_hubs(image_hubness(set_, k), golden_["image_hubs"]);
  const Hubness captions = caption_hubness(set_, k);
  expect_hubs(captions, golden_["caption_hubs"]);
  EXPECT_EQ(captions.queries, 36);  // images without a text are no queries
}

TEST_F(Golden, CorrectedRanksAreThoseOfNumPy) {
  const CorrectionInput input{set_.texts, set_.images, set_.text_image, bank_};
  for (const auto& [name, expected] : golden_["ranks"].items()) {
    const CorrectedRanks ranks = corrected_ranks(input, parse_correction(name), options_);
    EXPECT_EQ(ranks.rank, expected.get<Ranks>()) << name;
    if (name == "qb-norm") {
      EXPECT_EQ(ranks.corrected_queries, golden_["qb_norm_corrected"]);
    } else {
      EXPECT_EQ(ranks.corrected_queries, name == "none" ? 0 : 72) << name;
    }
  }
}

TEST_F(Golden, UncorrectedRanksAreThoseOfTheExperiment) {
  const CorrectionInput input{set_.texts, set_.images, set_.text_image, bank_};
  EXPECT_EQ(corrected_ranks(input, Correction::none, options_).rank,
            own_image_ranks(set_.texts, set_.images, set_.text_image));
}

TEST_F(Golden, EffectsAreMeasuredAgainstTheUncorrectedRanks) {
  const Matrix none;
  options_.kinds = {Correction::csls, Correction::inverted_softmax};
  const Ranks uncorrected = golden_["ranks"]["none"];
  const auto effects = measure_corrections({set_.texts, set_.images, set_.text_image, none},
                                           uncorrected, options_, {.resamples = 200}, {}, "test");
  ASSERT_EQ(effects.size(), 3u);
  EXPECT_EQ(effects[0].correction, Correction::none);
  EXPECT_FALSE(effects[0].metrics.recall_at_1.change_interval);
  const auto share = [](const Ranks& ranks) {
    return static_cast<double>(std::ranges::count(ranks, 1)) / static_cast<double>(ranks.size());
  };
  for (const size_t i : {size_t{1}, size_t{2}}) {
    const Ranks ranks = golden_["ranks"][std::string(correction_name(effects[i].correction))];
    const ChangedMetric& recall = effects[i].metrics.recall_at_1;
    EXPECT_DOUBLE_EQ(recall.value, share(ranks));
    EXPECT_NEAR(recall.change, share(ranks) - share(uncorrected), 1e-12);
    ASSERT_TRUE(recall.change_interval && effects[i].metrics.median_rank.change_interval);
    EXPECT_LE(recall.change_interval->low, recall.change);
    EXPECT_GE(recall.change_interval->high, recall.change);
  }
}

TEST(Corrections, RefuseAMissingBankAndWrongOptions) {
  const Matrix one = matrix({{1, 0}, {0, 1}}), none;
  const Ranks own = {0, 1};
  EXPECT_THROW(corrected_ranks({one, one, own, none}, Correction::qb_norm, {}), Error);
  EXPECT_THROW(parse_correction("sinkhorn"), Error);
  EXPECT_THROW(check_corrections({.kinds = {Correction::csls, Correction::csls}}), Error);
  EXPECT_THROW(check_corrections({.kinds = {}, .beta = 0}), Error);
  for (const Correction correction : all_corrections()) {
    EXPECT_EQ(parse_correction(correction_name(correction)), correction);
    EXPECT_NE(is_transductive(correction), needs_bank(correction));
  }
}

// With a large beta, exponentials overflow and vanish; the ranks must not.
TEST_F(Golden, ALargeBetaDoesNotOverflow) {
  options_.beta = 5000;
  const CorrectedRanks ranks = corrected_ranks({set_.texts, set_.images, set_.text_image, bank_},
                                               Correction::inverted_softmax, options_);
  EXPECT_GT(std::ranges::count(ranks.rank, 1), 0);
  for (const int64_t rank : ranks.rank) EXPECT_LE(rank, set_.images.rows);
}

TEST(Hubness, OfEqualCountsIsZero) {
  const Ranks occurrences = {3, 3, 3, 3};
  const Hubness hubs = summarize_occurrences(occurrences, 4, 3);
  EXPECT_EQ(hubs.skewness, 0);
  EXPECT_EQ(hubs.robin_hood, 0);
  EXPECT_EQ(hubs.never_found, 0);
  const Ranks one = {12, 0, 0, 0};
  EXPECT_DOUBLE_EQ(summarize_occurrences(one, 4, 3).robin_hood, 0.75);
  EXPECT_DOUBLE_EQ(summarize_occurrences(one, 4, 3).never_found, 0.75);
}

TEST(Hubness, CountsEqualCaptionsOnce) {
  RetrievalSet set;
  set.images = matrix({{1, 0}, {0, 1}, {0.6F, 0.8F}});
  set.texts = matrix({{1, 0}, {1, 0}, {0, 1}});
  set.text_image = {0, 2, 1};
  set.text_identity = {7, 7, 3};
  const Hubness hubs = caption_hubness(set, 1);
  EXPECT_EQ(hubs.candidates, 2);
  EXPECT_EQ(hubs.queries, 3);
  ASSERT_EQ(hubs.hubs.size(), 1u);
  EXPECT_EQ(hubs.hubs[0].candidate, 2);  // images 1 and 2 are nearest to text 2
  EXPECT_EQ(hubs.hubs[0].count, 2);
  EXPECT_EQ(image_hubness(set, 10).k, 3);  // no more than there are
  EXPECT_THROW(image_hubness(set, 0), Error);
}

TEST(Changes, AreThoseOfTheRanks) {
  const std::vector<Ranks> ranks = {{1, 2, 30, 4}, {1, 1, 30, 12}};
  const Ranks owner = {5, 5, 9, 2};
  const auto changed = changed_retrieval(ranks, owner, 25, {.resamples = 500});
  EXPECT_DOUBLE_EQ(changed[0].recall_at_1.value, 0.25);
  EXPECT_DOUBLE_EQ(changed[1].recall_at_1.value, 0.5);
  EXPECT_DOUBLE_EQ(changed[1].recall_at_1.change, 0.25);
  EXPECT_DOUBLE_EQ(changed[1].recall_at_10.change, -0.25);
  EXPECT_DOUBLE_EQ(changed[0].median_rank.value, 3);
  EXPECT_DOUBLE_EQ(changed[1].median_rank.value, 6.5);
  EXPECT_DOUBLE_EQ(changed[0].mean_reciprocal_rank.value, (1 + 0.5 + 0 + 0.25) / 4);
  EXPECT_FALSE(changed[0].recall_at_1.change_interval);
  ASSERT_TRUE(changed[1].recall_at_1.change_interval);
  EXPECT_GE(changed[1].recall_at_1.change_interval->low, 0);  // paired: no query becomes worse
}

ExperimentResult grouped_result() {
  ExperimentResult result;
  result.columns = {"group", "note"};
  result.statistics = {.resamples = 200, .permutations = 0};
  ModelResult model;
  for (int64_t i = 0; i < 60; ++i) {
    ExperimentRow row;
    row.id = std::to_string(i);
    row.captions = {"a", "b"};
    row.fields = {i < 30 ? "animals" : i < 50 ? "flags" : "zebras", std::to_string(i)};
    for (const int64_t caption : {0, 1}) {
      result.text_row.push_back(i);
      result.text_caption.push_back(caption);
      model.ranks.text_rank.push_back(i < 30 ? 1 + i % 3 : i < 50 ? 5 + i : 60);
    }
    result.rows.push_back(std::move(row));
  }
  result.models.push_back(std::move(model));
  return result;
}

TEST(Groups, AreListedWithTheWorstFirstAndSmallOnesLast) {
  ExperimentResult result = grouped_result();
  add_groups(result);
  ASSERT_EQ(result.models[0].failures.groups.size(), 1u);  // the column "group" is the default
  const std::vector<GroupMetrics>& groups = result.models[0].failures.groups[0].groups;
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[2].value, "zebras");  // the worst one, but small
  EXPECT_EQ(groups[2].images, 10);
  EXPECT_EQ(groups[0].value, "flags");
  EXPECT_EQ(groups[0].images, 20);
  EXPECT_EQ(groups[0].queries, 40);
  EXPECT_EQ(groups[0].recall_at_10.value, 0);
  EXPECT_EQ(groups[1].recall_at_10.value, 1);
  EXPECT_NEAR(groups[1].recall_at_1.value, 1.0 / 3, 1e-12);
  ASSERT_TRUE(groups[1].recall_at_1.interval);
  EXPECT_LT(groups[1].recall_at_1.interval->low, 1.0 / 3);
  EXPECT_GT(groups[1].recall_at_1.interval->high, 1.0 / 3);
}

TEST(Groups, OfAnUnknownColumnAreAnError) {
  ExperimentResult result = grouped_result();
  result.failures.group_columns = {"colour"};
  try {
    add_groups(result);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_STREQ(error.what(),
                 "the data set has no column 'colour' to group rows by, expected one of group, "
                 "note");
  }
}

TEST(QueryBank, HasNoCaptionOfTheExperiment) {
  QueryBank bank;
  const std::vector<std::string> tested = {"b", "z"};
  EXPECT_EQ(choose_bank({"a", "b", "c"}, tested, {}, bank), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(bank.captions, 2);
  EXPECT_EQ(bank.excluded, 1);
  const auto sample =
      choose_bank({"a", "b", "c", "d"}, tested, {.kinds = {}, .max_captions = 2}, bank);
  EXPECT_EQ(sample.size(), 2u);
  EXPECT_TRUE(std::ranges::is_sorted(sample));
  EXPECT_THROW(choose_bank({"b"}, tested, {}, bank), Error);
}

const std::vector<std::string> kCaptions = {"a red heart", "a train at the station", "Heart!",
                                            "a green tree", "it is"};

bool any(const std::string&) {
  return true;
}

TEST(AttackPlan, ChoosesWordsThatAreNotOfTheImage) {
  const std::vector<std::vector<int64_t>> rows = {{0}, {1, 3}, {}, {2}, {3}};
  const auto attacks = plan_attacks(kCaptions, rows, {}, any);
  ASSERT_EQ(attacks.size(), 4u);
  std::set<int64_t> seen;
  for (const Attack& attack : attacks) {
    seen.insert(attack.row);
    EXPECT_NE(attack.word, "it");  // too short
    EXPECT_NE(attack.scrambled, attack.word);
    std::string a = attack.word, b = attack.scrambled;
    std::ranges::sort(a);
    std::ranges::sort(b);
    EXPECT_EQ(a, b);
    EXPECT_NE(kCaptions[static_cast<size_t>(attack.wrong)].find(attack.word), std::string::npos);
  }
  EXPECT_EQ(seen, (std::set<int64_t>{0, 1, 3, 4}));
  EXPECT_NE(attacks[0].word, "Heart");  // its own word, in other case
  const auto again = plan_attacks(kCaptions, rows, {}, any);
  for (size_t i = 0; i < attacks.size(); ++i) EXPECT_EQ(attacks[i].word, again[i].word);
}

TEST(AttackPlan, SamplesImages) {
  std::vector<std::vector<int64_t>> rows(100, {0});
  const auto attacks = plan_attacks(kCaptions, rows, {.max_images = 10, .seed = 3}, any);
  EXPECT_EQ(attacks.size(), 10u);
  EXPECT_TRUE(std::ranges::is_sorted(attacks, {}, &Attack::row));
  EXPECT_THROW(plan_attacks(kCaptions, rows, {.max_images = 0}, any), Error);
  EXPECT_TRUE(plan_attacks(kCaptions, rows, {}, [](const std::string&) { return false; }).empty());
}

// Image 0 is read as text 1 if the word is on it; image 1 is not misled.
TEST(TypographicAttack, ComparesConditions) {
  RetrievalSet set;
  set.images = matrix({{1, 0, 0}, {0, 1, 0}});
  set.texts = matrix({{1, 0, 0}, {0, 1, 0}});
  set.text_image = {0, 1};
  const RetrievalRanks ranks = rank_pairs(set);
  const std::vector<Attack> attacks = {{0, 1, "bear", "rabe"}, {1, 0, "apple", "plape"}};
  AttackedVectors vectors;
  vectors.scrambled = matrix({{0.8F, 0, 0.6F}, {0, 1, 0}});
  vectors.attacked = matrix({{0.6F, 0.8F, 0}, {0, 1, 0}});
  vectors.encoded = {true, true};
  const MeasuredAttacks measured =
      measure_attacks({set, ranks, attacks, vectors, set.texts}, {.resamples = 100}, {}, "test");
  const auto& conditions = measured.result.conditions;
  ASSERT_EQ(conditions.size(), 3u);
  EXPECT_EQ(measured.result.images, 2);
  EXPECT_EQ(conditions[0].wrong_first.value, 0);
  EXPECT_EQ(conditions[1].wrong_first.value, 0);
  EXPECT_EQ(conditions[2].wrong_first.value, 0.5);
  EXPECT_EQ(conditions[2].image_to_text.recall_at_1.value, 0.5);
  EXPECT_EQ(conditions[2].image_to_text.recall_at_1.change, -0.5);
  // The other image is clean: text 0 still finds its image.
  EXPECT_EQ(conditions[2].text_to_image.recall_at_1.value, 1);
  ASSERT_EQ(measured.result.examples.size(), 1u);
  EXPECT_EQ(measured.result.examples[0].word, "bear");
  EXPECT_NEAR(measured.result.examples[0].wrong_attacked, 0.8, 1e-6);
  EXPECT_EQ(measured.own_text[0], 0);
}

TEST(TypographicAttack, LeavesOutImagesThatCouldNotBeEncoded) {
  RetrievalSet set;
  set.images = matrix({{1, 0}, {0, 1}});
  set.texts = set.images;
  set.text_image = {0, 1};
  const std::vector<Attack> attacks = {{0, 1, "bear", "rabe"}, {1, 0, "apple", "plape"}};
  AttackedVectors vectors{set.images, set.images, {false, true}, {}, {}};
  const MeasuredAttacks measured = measure_attacks(
      {set, rank_pairs(set), attacks, vectors, set.texts}, {.resamples = 0}, {}, "test");
  EXPECT_EQ(measured.result.images, 1);
  EXPECT_FALSE(measured.result.conditions[2].wrong_first.interval);
}

}  // namespace
}  // namespace sightline
