// The report of several data sets: its numbers, its page, and which files it replaces.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "expect_error.h"
#include "report/overview/page.h"
#include "report_fixtures.h"
#include "sample_result.h"
#include "schema_check.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

SearchHit hit(int64_t rank, const std::string& dataset, const std::string& split,
              const std::string& id, const std::string& caption) {
  VectorItem item{id, {caption}, {}, dataset};
  if (!split.empty()) item.fields["split"] = split;
  return {rank, 1.0 / static_cast<double>(rank + 1), rank, item};
}

// Model "a" is significantly better than "b" on the first data set only.
Overview two_datasets() {
  const std::vector<int64_t> good(40, 1), bad(40, 20);
  Overview overview;
  overview.datasets.push_back({"emoji", {}, sample_result({good, bad}, {"a", "b"})});
  overview.datasets.push_back({"my drawings", {}, sample_result({bad, bad}, {"a", "b"})});
  overview.datasets[0].result.splits = {"test"};
  overview.datasets[1].result.dataset = "draw<ings";
  for (const char* model : {"a", "b"}) {
    SearchResult result;
    result.rows = 100;
    result.queries.push_back({QueryType::text,
                              kHostile,
                              {hit(1, "emoji", "train", "1.png", "a cat"),
                               hit(2, "my drawings", "test", "1.png", kHostile)}});
    overview.searches.push_back({model, result});
  }
  return overview;
}

TEST(MainMetrics, NameNoFigureTwice) {
  const std::vector<Metric> five = {
      Metric::score,        Metric::recall_at_1,          Metric::recall_at_5,
      Metric::recall_at_10, Metric::mean_reciprocal_rank, Metric::median_rank};
  EXPECT_EQ(main_metrics(5), five);
  EXPECT_EQ(main_metrics(1), five);
  EXPECT_EQ(main_metrics(3)[1], Metric::accuracy);
  EXPECT_EQ(main_metrics(3).size(), 7u);
}

TEST(OverviewJson, HasTheMetricsOfAllModelsOnAllDataSets) {
  const Overview overview = two_datasets();
  const auto json = nlohmann::json::parse(overview_json(overview, {}));
  EXPECT_EQ(json["format"], "sightline-overview");
  EXPECT_EQ(json["top_k"], 5);
  ASSERT_EQ(json["data_sets"].size(), 2u);
  const auto& emoji = json["data_sets"][0];
  EXPECT_EQ(emoji["name"], "emoji");
  EXPECT_EQ(emoji["results"], "emoji/results.json");
  EXPECT_EQ(emoji["images"], 40);
  EXPECT_EQ(emoji["splits"], nlohmann::json{"test"});
  EXPECT_EQ(json["data_sets"][1]["path"], "draw<ings");
  for (size_t d = 0; d < 2; ++d) {
    for (size_t m = 0; m < 2; ++m) {
      const DirectionMetrics& expected =
          overview.datasets[d].result.models[m].metrics.text_to_image;
      const auto& metrics = json["data_sets"][d]["models"][m]["metrics"];
      EXPECT_EQ(metrics.size(), 6u);
      for (const Metric metric : main_metrics(5)) {
        EXPECT_EQ(metrics[metric_name(metric)]["value"], metric_value(expected, metric));
        EXPECT_EQ(metrics[metric_name(metric)]["interval"][0],
                  metric_interval(expected, metric)->low);
      }
    }
  }
  EXPECT_EQ(emoji["models"][0]["metrics"]["score"]["value"], 40);
  EXPECT_NEAR(emoji["chance"]["recall_at_1"].get<double>(), 1.0 / 40, 1e-12);
  EXPECT_EQ(emoji["best_models"]["mean_reciprocal_rank"], nlohmann::json{"a"});
  EXPECT_EQ(json["data_sets"][1]["best_models"]["mean_reciprocal_rank"], nlohmann::json::array());
  EXPECT_FALSE(emoji["best_models"].contains("median_rank"));
  const auto& hits = json["queries"][0]["models"][1]["hits"];
  EXPECT_EQ(json["queries"][0]["models"][1]["label"], "b");
  EXPECT_EQ(hits[0], (nlohmann::json{{"dataset", "emoji"},
                                     {"split", "train"},
                                     {"id", "1.png"},
                                     {"similarity", 0.5},
                                     {"captions", {"a cat"}}}));
}

TEST(OverviewJson, ConformsToItsSchema) {
  const auto schema = nlohmann::json::parse(
      read_text_file(SIGHTLINE_SOURCE_DIR "/docs/formats/overview.schema.json"));
  Overview overview = two_datasets();
  overview.searches[0].result.queries[0].hits[0].item.fields.clear();
  overview.datasets[0].result.models[0].metrics.text_to_image.intervals.clear();
  const auto json = nlohmann::json::parse(overview_json(overview, this_run("sightline eval")));
  const auto findings = schema_findings(json, schema, true);
  EXPECT_TRUE(findings.empty()) << findings[0];
  EXPECT_TRUE(json["queries"][0]["models"][0]["hits"][0]["split"].is_null());
  EXPECT_TRUE(json["data_sets"][0]["models"][0]["metrics"]["score"]["interval"].is_null());
}

TEST(OverviewPage, EscapesTextsAndLinksReports) {
  Overview overview = two_datasets();
  for (DatasetResult& dataset : overview.datasets)
    for (ModelResult& model : dataset.result.models) model.label += kHostile;
  const OverviewImages images(overview);
  ASSERT_EQ(images.first_hard(), 2);  // of two data sets, though with one id
  EXPECT_EQ(images.number(overview.searches[1].result.queries[0].hits[1].item), 1);
  const std::string page = overview_page(overview, {}, images, {{{0, "jpeg"}}, 0, 1});
  EXPECT_EQ(count_of(page, "<script>alert"), 0u);
  EXPECT_EQ(count_of(page, "<script"), 2u);
  EXPECT_EQ(count_of(page, "<a href=\"my%20drawings/index.html\">my drawings</a>"), 8u);
  EXPECT_EQ(count_of(page, " data-metric="), 6u);
  EXPECT_EQ(count_of(page, "data-row=\"0\""), 2u);
  EXPECT_EQ(count_of(page, "data-row=\"1\""), 0u);
  EXPECT_EQ(count_of(page, "<em>emoji, train</em>"), 2u);
  EXPECT_EQ(count_of(page, "Models trained on the split train have seen its images."), 1u);
  EXPECT_EQ(count_of(page, "<li class=\"own\">"), 2u);
  // The best value of the first data set is marked: score, R@1, R@5 and MRR are tested.
  EXPECT_EQ(count_of(page, "class=\"best\""), 4u);
}

TEST(OverviewPage, DoesNotLinkAReportThatFailed) {
  Overview overview = two_datasets();
  overview.datasets[1].report_error = Error(ErrorCode::io, "the disk is full");
  const std::string page = overview_page(overview, {}, OverviewImages(Overview{}), {});
  EXPECT_EQ(count_of(page, "my%20drawings/index.html"), 0u);
  EXPECT_EQ(count_of(page, "my drawings (report incomplete)"), 8u);
  EXPECT_EQ(count_of(page, "<a href=\"emoji/index.html\">emoji</a>"), 8u);
  const auto json = nlohmann::json::parse(overview_json(overview, {}));
  EXPECT_EQ(json["data_sets"][0]["results"], "emoji/results.json");
  EXPECT_TRUE(json["data_sets"][1]["results"].is_null());
}

TEST(OverviewPage, HasNoQueriesWithoutQueries) {
  Overview overview = two_datasets();
  overview.searches.clear();
  const std::string page = overview_page(overview, {}, OverviewImages(Overview{}), {});
  EXPECT_EQ(count_of(page, "id=\"queries\""), 0u);
  EXPECT_EQ(nlohmann::json::parse(overview_json(overview, {}))["queries"], nlohmann::json::array());
}

class OverviewFolder : public testing::Test {
 protected:
  OverviewFolder() {
    options_.directory = folder_.path() / "out";
    options_.figures = false;
  }
  fs::path file(const std::string& name) const { return options_.directory / name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(file(name).parent_path());
    std::ofstream(file(name)) << text;
  }
  std::string read(const std::string& name) const { return read_text_file(file(name)); }

  const TemporaryFolder folder_;
  ReportOptions options_;
};

TEST_F(OverviewFolder, ReplacesAnEarlierOneAndNothingElse) {
  Overview overview = two_datasets();
  write("notes.txt", "mine");
  write("emoji/notes.txt", "mine");
  write_overview(overview, options_);
  for (const char* name : {"index.html", "results.json", "emoji/index.html", "emoji/results.json",
                           "my drawings/index.html", "my drawings/measurements.json"})
    EXPECT_TRUE(fs::exists(file(name))) << name;
  overview.datasets[0].name = "other";
  overview.searches.clear();
  write_overview(overview, options_);
  EXPECT_EQ(count_of(read("index.html"), "other/index.html"), 8u);
  EXPECT_TRUE(fs::exists(file("emoji/index.html")));
  EXPECT_EQ(read("notes.txt"), "mine");
  EXPECT_EQ(read("emoji/notes.txt"), "mine");
}

TEST_F(OverviewFolder, DoesNotReplaceFilesThatNoOverviewWrote) {
  for (const char* name : {"index.html", "results.json", "emoji/index.html", "emoji/ranks.jsonl"}) {
    fs::remove_all(options_.directory);
    write(name, "<title>my page</title>");
    expect_error(ErrorCode::invalid_argument, "was not written by a report",
                 [&] { write_overview(two_datasets(), options_); });
    EXPECT_EQ(read(name), "<title>my page</title>");
  }
  fs::remove_all(options_.directory);
  write("emoji", "a file");
  expect_error(ErrorCode::invalid_argument, "is not a folder",
               [&] { write_overview(two_datasets(), options_); });
  fs::remove_all(options_.directory);
  fs::create_directories(file("index.html"));
  expect_error(ErrorCode::invalid_argument, "is a folder, expected the file of a report",
               [&] { write_overview(two_datasets(), options_); });
}

TEST_F(OverviewFolder, AndTheReportOfOneDataSetDoNotReplaceEachOther) {
  const Overview overview = two_datasets();
  write_overview(overview, options_);
  const ExperimentResult& one = overview.datasets[0].result;
  const auto write_one = [&] { write_report(one, {}, options_); };
  const std::string before = read("index.html");
  expect_error(ErrorCode::invalid_argument, "holds a report of several data sets", write_one);
  fs::remove(file("results.json"));
  expect_error(ErrorCode::invalid_argument, "holds a report of several data sets", write_one);
  EXPECT_EQ(read("index.html"), before);
  fs::remove_all(options_.directory);
  write_one();
  const auto write_several = [&] { write_overview(overview, options_); };
  expect_error(ErrorCode::invalid_argument, "holds the report of one data set", write_several);
  fs::remove(file("results.json"));
  expect_error(ErrorCode::invalid_argument, "holds the report of one data set", write_several);
  EXPECT_FALSE(fs::exists(file("emoji")));
}

TEST_F(OverviewFolder, IsWrittenThoughAReportFails) {
  fs::create_directories(options_.directory);
  fs::create_directories(file("emoji"));
  fs::create_symlink(folder_.path() / "missing/results.json", file("emoji/results.json"));
  EXPECT_THROW(write_overview(two_datasets(), options_), Error);
  EXPECT_EQ(count_of(read("index.html"), "emoji/index.html"), 0u);
  EXPECT_EQ(count_of(read("index.html"), "my%20drawings/index.html"), 8u);
  EXPECT_TRUE(fs::exists(file("my drawings/index.html")));
}

TEST_F(OverviewFolder, NeedsADataSet) {
  expect_error(ErrorCode::invalid_argument, "at least one data set",
               [&] { write_overview({}, options_); });
}

}  // namespace
}  // namespace sightline
