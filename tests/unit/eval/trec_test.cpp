// Output for trec_eval: identifiers, the order of ties, and metrics recomputed from the files with
// trec_eval's sort order (by score, then by document id, both descending).
#include "eval/trec.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "eval/trec_ranking.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

class TrecFolder {
 public:
  TrecFolder() {
    std::string name = (fs::temp_directory_path() / "sl_trec_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TrecFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(TrecId, NoWhiteSpaceAndReversible) {
  EXPECT_EQ(trec_id("images/0001.png"), "images/0001.png");
  EXPECT_EQ(trec_id("a b\t%#~"), "a%20b%09%25%23%7E");
  EXPECT_EQ(trec_id("\xc2\xa0"), "%C2%A0");  // Python splits at a no-break space
  EXPECT_EQ(trec_id(""), "%");
  std::set<std::string> all;
  for (int byte = 0; byte < 256; ++byte)
    all.insert(trec_id(std::string(1, static_cast<char>(byte))));
  EXPECT_EQ(all.size(), 256u);
}

TEST(TrecFileName, HasNoSpecialCharacters) {
  EXPECT_EQ(trec_file_name("ViT-B/32"), "ViT-B_32");
  EXPECT_EQ(trec_file_name("../x"), "_._x");
  EXPECT_EQ(trec_file_name(""), "_");
}

TEST(TrecIds, AreUnique) {
  ExperimentResult result;
  result.rows = {{"a", "", {"x", "y"}}, {"a", "", {"z"}}};
  result.text_row = {0, 0, 1};
  result.text_caption = {0, 1, 0};
  const TrecIds ids = make_trec_ids(result);
  EXPECT_EQ(ids.images, (std::vector<std::string>{"a", "a~2"}));
  EXPECT_EQ(ids.texts, (std::vector<std::string>{"a#0", "a#1", "a~2#0"}));
}

TEST(TrecRanking, TiesFollowTheDefinitionOfRank) {
  using enum TrecGrade;
  const std::vector<double> similarities = {0.5, 0.5, 0.5, 0.9, 0.5};
  const std::vector<TrecGrade> grades = {strict, not_relevant, equivalent, not_relevant,
                                         not_relevant};
  const auto lines = trec_ranking(similarities, grades, 0);
  std::vector<int64_t> order;
  for (size_t i = 0; i < lines.size(); ++i) {
    order.push_back(lines[i].candidate);
    if (i > 0) {
      EXPECT_LT(lines[i].score, lines[i - 1].score);
    }
  }
  EXPECT_EQ(order, (std::vector<int64_t>{3, 1, 4, 2, 0}));
  EXPECT_NEAR(lines.back().score, 0.5, 1e-6);
  EXPECT_EQ(trec_ranking(similarities, grades, 2).size(), 2u);
}

TEST(TrecRanking, DifferencesBelowF32Resolution) {
  const std::vector<double> similarities = {0.5, 0.5 + 1e-12};
  const auto lines =
      trec_ranking(similarities, std::vector<TrecGrade>(2, TrecGrade::not_relevant), 0);
  EXPECT_EQ(lines[0].candidate, 1);
  EXPECT_LT(lines[1].score, lines[0].score);
}

TEST(TrecRanking, Nan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<TrecGrade> grades = {TrecGrade::strict, TrecGrade::not_relevant,
                                         TrecGrade::not_relevant};
  const auto lines = trec_ranking(std::vector<double>{nan, nan, 0.3}, grades, 0);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].candidate, 1);
}

// The metrics that trec_eval computes from a run and a qrels file.
struct TrecMetrics {
  double reciprocal_rank = 0, map = 0, ndcg = 0, success_5 = 0;
  int queries = 0;
};

TrecMetrics evaluate(const fs::path& run_file, const fs::path& qrels_file) {
  std::map<std::string, std::set<std::string>> relevant;
  std::map<std::string, std::vector<std::pair<float, std::string>>> run;
  std::string query, zero, document, tag;
  int grade = 0, rank = 0;
  float score = 0;
  std::ifstream qrels(qrels_file), lines(run_file);
  while (qrels >> query >> zero >> document >> grade) relevant[query].insert(document);
  while (lines >> query >> zero >> document >> rank >> score >> tag)
    run[query].emplace_back(score, document);
  TrecMetrics sum;
  for (auto& [name, ranking] : run) {
    std::sort(ranking.begin(), ranking.end(), std::greater<>());
    const auto& relevant_documents = relevant.at(name);
    int found = 0, first = 0;
    double precision = 0, gain = 0, best = 0;
    for (size_t i = 0; i < ranking.size(); ++i) {
      if (relevant_documents.count(ranking[i].second) == 0) continue;
      const auto position = static_cast<int>(i) + 1;
      if (first == 0) first = position;
      precision += ++found / static_cast<double>(position);
      if (position <= 10) gain += 1 / std::log2(position + 1.0);
    }
    for (size_t i = 1; i <= std::min<size_t>(10, relevant_documents.size()); ++i)
      best += 1 / std::log2(static_cast<double>(i) + 1);
    sum.reciprocal_rank += first > 0 ? 1.0 / first : 0;
    sum.success_5 += first > 0 && first <= 5;
    sum.map += precision / static_cast<double>(relevant_documents.size());
    sum.ndcg += gain / best;
    ++sum.queries;
  }
  for (double* metric : {&sum.reciprocal_rank, &sum.map, &sum.ndcg, &sum.success_5})
    *metric /= sum.queries;
  return sum;
}

void expect_equal(const DirectionMetrics& ours, const TrecMetrics& theirs) {
  EXPECT_EQ(ours.queries, theirs.queries);
  EXPECT_NEAR(ours.mean_reciprocal_rank, theirs.reciprocal_rank, 1e-12);
  EXPECT_NEAR(ours.mean_average_precision, theirs.map, 1e-12);
  EXPECT_NEAR(ours.ndcg_at_10, theirs.ndcg, 1e-12);
  EXPECT_NEAR(ours.recall_at_5, theirs.success_5, 1e-12);
}

TEST(TrecExport, FilesYieldTheSameMetrics) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 random(seed);
    RetrievalSet set;
    ExperimentResult result;
    const int64_t image_count = 40, dim = 3;
    set.images = Matrix(image_count, dim);
    for (int64_t n = 0; n < image_count; ++n) {
      result.rows.push_back({"row " + std::to_string(n), "", {}});
      const auto captions = random() % 4;  // some images have no caption
      for (uint64_t c = 0; c < captions; ++c) {
        result.rows.back().captions.push_back("caption");
        result.text_row.push_back(n);
        result.text_caption.push_back(static_cast<int64_t>(c));
        set.text_identity.push_back(static_cast<int64_t>(random() % 25));
      }
    }
    set.text_image = result.text_row;
    set.texts = Matrix(static_cast<int64_t>(set.text_image.size()), dim);
    // Few distinct values create many ties.
    for (float& v : set.images.values) v = static_cast<float>(random() % 3) * 0.37f;
    for (float& v : set.texts.values) v = static_cast<float>(random() % 3) * 0.37f;
    const TrecFolder folder;
    TrecExport trec({folder.path() / "new", 0});
    trec.write_qrels(result, set);
    trec.write_runs("a model", set);
    const RetrievalMetrics m = summarize(set, rank_pairs(set), 5);
    const fs::path out = folder.path() / "new";
    const fs::path text_run = out / "a_model.text-to-image.run",
                   image_run = out / "a_model.image-to-text.run";
    expect_equal(m.text_to_image, evaluate(text_run, out / "text-to-image.qrels"));
    expect_equal(m.image_to_text, evaluate(image_run, out / "image-to-text.qrels"));
    expect_equal(m.text_to_image_equivalent,
                 evaluate(text_run, out / "text-to-image.caption-equivalent.qrels"));
    expect_equal(m.image_to_text_equivalent,
                 evaluate(image_run, out / "image-to-text.caption-equivalent.qrels"));
    std::ifstream ids(out / "trec_ids.jsonl");
    std::string line;
    ASSERT_TRUE(std::getline(ids, line));
    EXPECT_EQ(nlohmann::json::parse(line)["id"], "row 0");
    EXPECT_EQ(nlohmann::json::parse(line)["trec_id"], "row%200");
  }
}

TEST(TrecExport, RejectsANegativeDepth) {
  EXPECT_THROW(TrecExport({"x", -1}), Error);
}

}  // namespace
}  // namespace sightline
