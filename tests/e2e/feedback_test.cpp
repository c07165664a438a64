// feedback: judgements of a library on the command line.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

class FeedbackTest : public ::testing::Test {
 protected:
  FeedbackTest() {
    static int number = 0;
    folder_ = fresh_folder("feedback-" + std::to_string(number++));
    library_ = folder_ / "library";
    for (uint32_t i = 0; i < 8; ++i) {
      fs::create_directories(folder_ / "photos");
      write_bytes(folder_ / "photos" / ("p" + std::to_string(i) + ".bmp"), bmp_image(i));
    }
    const Finished done = run({"index", "--model", kModel, folder_ / "photos"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
  }

  Finished run(std::vector<std::string> command) const {
    command.insert(command.end(), {"--library", library_});
    return sightline(command);
  }
  Finished feedback(std::vector<std::string> command) const {
    command.insert(command.begin(), "feedback");
    return run(command);
  }
  nlohmann::json json_of(std::vector<std::string> command) const {
    command.emplace_back("--json");
    const Finished done = feedback(command);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out);
  }
  fs::path write(const std::string& name, const std::string& text) const {
    write_bytes(folder_ / name, text);
    return folder_ / name;
  }

  fs::path folder_, library_;
};

TEST_F(FeedbackTest, JudgementsAreImportedCountedAndExported) {
  EXPECT_EQ(json_of({"info"})["judgements"], 0);
  EXPECT_FALSE(fs::exists(library_ / "feedback.sqlite"));
  const fs::path qrels = write("a.qrels", "1 0 p0.bmp 1\n1 0 p1.bmp 0\n2 0 p0.bmp 2\n");
  const fs::path queries = write("a.tsv", "1\ta red heart\n2\tgrün\n");
  EXPECT_EQ(json_of({"import", qrels, "--queries", queries})["added"], 3);
  const auto info = json_of({"info"});
  EXPECT_EQ(info["judgements"], 3);
  EXPECT_EQ(info["relevant"], 2);
  EXPECT_EQ(info["queries"], 2);
  const Finished exported = feedback({"export", "--out", "-", "--queries", folder_ / "out.tsv"});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_NE(exported.out.find("a%20red%20heart 0 p0.bmp 1\n"), std::string::npos) << exported.out;
  const fs::path again = write("b.qrels", exported.out);
  EXPECT_EQ(json_of({"import", again, "--queries", folder_ / "out.tsv"})["added"], 3);
  EXPECT_EQ(json_of({"info"})["judgements"], 3);
  EXPECT_EQ(json_of({"info"})["history"], 6);
  EXPECT_EQ(run({"library", "check"}).exit_code, 0);
}

TEST_F(FeedbackTest, UnknownItemsAndWrongFilesAreReported) {
  const Finished unknown = feedback({"import", write("a.qrels", "q 0 none.bmp 1\nq 0 p1.bmp 1\n")});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_NE(unknown.err.find("no image 'none.bmp'"), std::string::npos) << unknown.err;
  const Finished wrong = feedback({"import", write("b.qrels", "q 0 p1.bmp\n")});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.err.find("line 1"), std::string::npos) << wrong.err;
  EXPECT_EQ(feedback({"import", folder_ / "none"}).exit_code, 1);
}

TEST_F(FeedbackTest, FewJudgementsAreRefusedWithTheFigures) {
  feedback({"import", write("a.qrels", "heart 0 p0.bmp 1\nheart 0 p1.bmp 0\n")});
  const auto learned = json_of({"learn"});
  EXPECT_EQ(learned["accepted"], false);
  EXPECT_TRUE(learned["version"].is_null());
  EXPECT_EQ(learned["queries"], 1);
  EXPECT_NE(learned["reason"].get<std::string>().find("at least 10"), std::string::npos);
  EXPECT_TRUE(json_of({"versions"})["versions"].empty());
  const Finished none = feedback({"use", "1"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("no correction 1"), std::string::npos) << none.err;
  EXPECT_EQ(feedback({"off"}).exit_code, 0);
  EXPECT_EQ(json_of({"info"})["enabled"], false);
  const Finished search = run({"search", "--json", "--no-judge", "heart"});
  EXPECT_EQ(search.exit_code, 0) << search.err;
  EXPECT_FALSE(parse_json(search.out).contains("correction"));
}

TEST_F(FeedbackTest, QualityIsMeasuredOnTheJudgements) {
  feedback({"import", write("a.qrels", "heart 0 p0.bmp 1\nheart 0 p1.bmp 0\nmoon 0 p2.bmp 1\n")});
  const auto result = json_of({"eval"});
  ASSERT_EQ(result["metrics"].size(), 3u);
  EXPECT_EQ(result["metrics"][0]["name"], "P@10");
  EXPECT_EQ(result["metrics"][0]["queries"], 2);
  EXPECT_NEAR(result["metrics"][0]["value"].get<double>(), 0.1, 1e-9);  // one of eight images
  EXPECT_EQ(result["metrics"][1]["name"], "nDCG@10");
  EXPECT_EQ(result["metrics"][1]["queries"], 1);  // "moon" has no irrelevant image
  EXPECT_EQ(result["history"].size(), 1u);
  EXPECT_TRUE(result["history"][0]["value"].is_null());  // ranks of an import are unknown
}

TEST_F(FeedbackTest, QueriesThatCannotBeSearchedForDoNotCount) {
  feedback({"import", write("a.qrels",
                            "heart 0 p0.bmp 1\nheart%20-heart 0 p1.bmp 1\n"
                            "heart%20-moon 0 p2.bmp 1\n")});
  const auto metrics = json_of({"eval"})["metrics"];
  EXPECT_EQ(metrics[0]["queries"], 2);
  EXPECT_TRUE(metrics[1]["value"].is_null());
}

TEST_F(FeedbackTest, ADamagedDatabaseIsRefusedInOneSentence) {
  write_bytes(library_ / "feedback.sqlite",
              "no database, but long enough that SQLite looks at its "
              "header and finds nothing that it knows there at all");
  for (const std::string command : {"info", "versions", "off"}) {
    const Finished done = feedback({command});
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_NE(done.err.find("feedback.sqlite' is damaged"), std::string::npos) << done.err;
  }
  const Finished check = run({"library", "check"});
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_EQ(run({"library", "repair"}).exit_code, 0);
  EXPECT_EQ(feedback({"info"}).exit_code, 0);
}

}  // namespace
}  // namespace sightline::testing
