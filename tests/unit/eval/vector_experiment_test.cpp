// Experiments on vectors of other programs, and files of relevance.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/vector_experiment.h>
#include <unistd.h>

#include <cmath>

#include "base/file.h"
#include "base/npy.h"
#include "eval/relevance_file.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using Pairs = std::vector<std::pair<std::string, std::string>>;

class VectorExperiments : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_vector_eval." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    // Three images along the axes; four texts, the last one nearer to image 0 than to its own.
    images_ = write("images.npy", {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3);
    texts_ = write("texts.npy", {.8f, .6f, 0, 0, 1, 0, 0, 0, 1, .8f, .6f, 0}, 3);
    options_.encoders = {{images_, texts_, ""}};
    options_.statistics.resamples = 0;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::vector<float>& values, int64_t dim) const {
    const int64_t shape[] = {static_cast<int64_t>(values.size()) / dim, dim};
    write_npy(folder_ / name, std::span<const float>(values), shape);
    return folder_ / name;
  }
  fs::path relevance(const std::string& text) const {
    write_file_atomic(folder_ / "relevance", text);
    return folder_ / "relevance";
  }
  Pairs read(const std::string& text) const {
    Pairs pairs;
    for (const RelevanceLine& line : read_relevance_file(relevance(text)))
      pairs.emplace_back(line.text, line.image);
    return pairs;
  }
  ExperimentResult run(const std::string& text) {
    options_.relevance = relevance(text);
    return run_vector_experiment(options_).result;
  }
  void expect_refused(const std::string& text, const std::string& part) {
    expect_error(ErrorCode::invalid_data, part, [&] { run(text); });
  }

  fs::path folder_, images_, texts_;
  VectorExperimentOptions options_;
};

bool one_has(const std::vector<std::string>& texts, const std::string& part) {
  for (const std::string& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST_F(VectorExperiments, RanksTextsAmongImages) {
  const ExperimentResult result = run("text,image\n0,0\n1,1\n2,2\n3,1\n");
  ASSERT_EQ(result.models.size(), 1u);
  const RetrievalMetrics& m = result.models[0].metrics;
  EXPECT_EQ(m.text_to_image.queries, 4);
  EXPECT_EQ(m.text_to_image.candidates, 3);
  EXPECT_DOUBLE_EQ(m.text_to_image.recall_at_1, 0.75);
  EXPECT_DOUBLE_EQ(m.text_to_image.mean_reciprocal_rank, 3.5 / 4);
  EXPECT_EQ(m.image_to_text.queries, 3);
  // Image 0 has texts 0 and 3 at the same similarity, and 3 is not its own: the tie counts.
  EXPECT_DOUBLE_EQ(m.image_to_text.recall_at_1, 2.0 / 3);
  EXPECT_EQ(result.text_row, (std::vector<int64_t>{0, 1, 1, 2}));
  EXPECT_EQ(result.rows[1].captions, (std::vector<std::string>{"text 1", "text 3"}));
  EXPECT_EQ(result.models[0].info.fingerprint, "");
  EXPECT_TRUE(one_has(result.warnings, "cannot be verified that one model made"));
}

TEST_F(VectorExperiments, WithoutAFileRowsBelongTogether) {
  expect_error(ErrorCode::invalid_argument, "--relevance must say",
               [&] { run_vector_experiment(options_); });
  options_.encoders[0].texts = images_;
  const ExperimentResult result = run_vector_experiment(options_).result;
  EXPECT_DOUBLE_EQ(result.models[0].metrics.text_to_image.recall_at_1, 1);
  EXPECT_TRUE(one_has(result.warnings, "the text in row i belongs to the image in row i"));
}

TEST_F(VectorExperiments, ComparesEncoders) {
  const fs::path worse = write("worse.npy", {0, 1, 0, 1, 0, 0, 0, 0, 2}, 3);
  options_.encoders = {{images_, images_, "good"}, {worse, images_, ""}};
  options_.statistics.resamples = 100;
  const ExperimentResult result = run_vector_experiment(options_).result;
  ASSERT_EQ(result.models.size(), 2u);
  EXPECT_EQ(result.models[0].label, "good");
  EXPECT_EQ(result.models[1].label, (folder_ / "worse").string());
  EXPECT_DOUBLE_EQ(result.models[1].metrics.text_to_image.recall_at_1, 1.0 / 3);
  EXPECT_FALSE(result.comparisons.empty());
  EXPECT_TRUE(one_has(result.warnings, "worse.npy' are not of unit length"));
  options_.encoders[1].images = write("short.npy", {1, 0, 0}, 3);
  expect_error(ErrorCode::invalid_argument, "encoders are compared on the same rows",
               [&] { run_vector_experiment(options_); });
  options_.encoders[1].images = write("wide.npy", {1, 0}, 2);
  expect_error(ErrorCode::invalid_argument, "they are not of one encoder",
               [&] { run_vector_experiment(options_); });
}

TEST_F(VectorExperiments, ATextOfSeveralImagesIsOneQueryForEach) {
  const ExperimentResult result = run("0 0\n0 1\n2 2\n");
  const RetrievalMetrics& m = result.models[0].metrics;
  EXPECT_EQ(m.text_to_image.queries, 3);
  EXPECT_DOUBLE_EQ(m.text_to_image.recall_at_1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(m.text_to_image_equivalent.recall_at_1, 1);
  EXPECT_TRUE(one_has(result.warnings, "2 of 4 texts are in no line"));
}

TEST_F(VectorExperiments, ReadsEveryFormOfRelevance) {
  const Pairs expected = {{"a b", "x,1"}, {"c", "y"}};
  EXPECT_EQ(read("text,image\n\"a b\",\"x,1\"\nc,y\n"), expected);
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "Image,Other,Caption\r\n\"x,1\",0,a b\r\n\r\ny,0,c\r\n"),
            expected);
  EXPECT_EQ(read("a b\tx,1\nc\ty\n"), expected);
  EXPECT_EQ(read("query-id\tcorpus-id\tscore\na b\tx,1\t2\nc\tz\t0\nc\ty\t1\n"), expected);
  EXPECT_EQ(read("{\"text\": \"a b\", \"image\": \"x,1\"}\n{\"image\": \"y\", \"text\": \"c\"}\n"),
            expected);
  EXPECT_EQ(read("{\"text_row\": 3, \"image_row\": 0}\n"), (Pairs{{"3", "0"}}));
  EXPECT_EQ(read("q1 0 d1 1\nq1 0 d2 0\nq2 0 d2 2\n"), (Pairs{{"q1", "d1"}, {"q2", "d2"}}));
  EXPECT_EQ(read("q1\t0\td1\t1\n"), (Pairs{{"q1", "d1"}}));
}

TEST_F(VectorExperiments, NamesTheLineOfAnError) {
  expect_refused("", "is empty");
  expect_refused("0,0\n1\n", "line 2: expected 2 fields");
  expect_refused("0,0\n\n9,1\n", "line 3: text '9' is not a row number of");
  expect_refused("0,0\n1,-1\n", "line 2: image '-1' is not a row number");
  expect_refused("{\"text\": 0}\n", "line 1: expected an object with");
  expect_refused("0 0 1 x\n", "line 1: expected 2 fields");
  expect_refused("text,image,score\n0,0,high\n", "line 2: expected a relevance");
  expect_refused("text,image,score\n0,0,nan\n", "line 2: expected a relevance");
  expect_refused("[{\"text\": 0, \"image\": 0}]\n", "is a JSON list, expected JSON lines");
  expect_refused("text,image,score\n0,0,0\n", "no text that belongs to an image");
}

TEST_F(VectorExperiments, IdsComeBeforeRowNumbers) {
  const std::vector<RelevanceLine> lines = {{"1", "x", 1}, {"0", "y", 2}};
  const auto rows = [&](std::vector<std::string> ids) {
    return rows_of_names(lines, &RelevanceLine::text, ids, 3, "text", "'t.npy'", "f");
  };
  EXPECT_EQ(rows({}), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(rows({"0", "2", "1"}), (std::vector<int64_t>{2, 0}));
  EXPECT_EQ(rows({"a", "b", "c"}), (std::vector<int64_t>{1, 0}));  // none is an id
  // One wrong id must not turn the others into row numbers.
  expect_error(ErrorCode::invalid_data, "line 2: text '0' is not an id of 't.npy'", [&] {
    rows({"a", "b", "1"});
  });
  const std::vector<RelevanceLine> unknown = {{"b", "x", 1}, {"a#0", "y", 2}};
  const auto ids = [&](std::vector<std::string> names) {
    return rows_of_names(unknown, &RelevanceLine::text, names, 3, "text", "'t.npy'", "f");
  };
  EXPECT_EQ(ids({"a#0", "b", "c"}), (std::vector<int64_t>{1, 0}));
  expect_error(ErrorCode::invalid_data, "'f', line 1: text 'b' is the id of several rows", [&] {
    ids({"b", "a#0", "b"});
  });
  expect_error(ErrorCode::invalid_data, "line 2: text 'a#0' is not an id of 't.npy', although",
               [&] {
                 ids({"b", "a", "c"});
               });
}

}  // namespace
}  // namespace sightline
