// The report of a classification, its place in an overview, and deployment in all reports.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "report/classification/page.h"
#include "report/classification/parts.h"
#include "report/classification/tables.h"
#include "report/deployment/figure.h"
#include "report/deployment/section.h"
#include "report/overview/page.h"
#include "report/report_folder.h"
#include "report/tables/csv.h"
#include "report_fixtures.h"
#include "sample_result.h"
#include "schema_check.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// `classes` classes of ten images; model "a" is right on most, "b" takes all for class 0.
ClassificationResult small_classification(size_t classes, const std::string& suffix = "") {
  ClassificationResult result;
  result.dataset = "animals" + suffix;
  result.dataset_format = "folder";
  result.label_column = "folder";
  result.templates = {"a {c}" + suffix};
  ClassifiedModel a, b;
  a.label = "a" + suffix;
  b.label = "b" + suffix;
  for (size_t c = 0; c < classes; ++c) {
    result.classes.push_back({"class " + std::to_string(c) + suffix, "c" + suffix, 10, 1});
    for (int64_t i = 0; i < 10; ++i) {
      const auto own = static_cast<int64_t>(c);
      result.images.push_back(
          {"c" + std::to_string(c) + "/" + std::to_string(i) + suffix, "", own});
      const bool right = i > 0 || c == 0;
      a.ranks.push_back(right ? 1 : 2);
      a.predicted.push_back(right ? own : 0);
      b.ranks.push_back(c == 0 ? 1 : static_cast<int64_t>(classes));
      b.predicted.push_back(0);
    }
  }
  result.classes.push_back({"rare" + suffix, "", 0, 1});
  result.models = {a, b};
  result.statistics.resamples = 200;
  result.statistics.permutations = 200;
  summarize_classification(result);
  return result;
}

// Three classes of eight images, of which the last one has none; model "a" ranks rightly, "b" the
// other way round. A fourth class has no image.
ClassificationResult small_multilabel(const std::string& suffix = "") {
  ClassificationResult result;
  result.dataset = "scenes" + suffix;
  result.dataset_format = "json";
  result.label_column = "labels";
  result.multilabel = true;
  result.templates = {"a {c}" + suffix};
  for (int64_t c = 0; c < 4; ++c)
    result.classes.push_back(
        {"class " + std::to_string(c) + suffix, c < 3 ? "c" : "", 4 * (c < 3), 1});
  for (int64_t i = 0; i < 8; ++i) {
    LabeledImage image{std::to_string(i) + suffix, "", -1, {}};
    for (int64_t c = 0; c < 3; ++c)
      if (i < 7 && i >= c && i < c + 4) image.classes.push_back(c);
    result.images.push_back(image);
  }
  ClassifiedModel a, b;
  a.label = "a" + suffix;
  b.label = "b" + suffix;
  for (int32_t c = 0; c < 4; ++c) {
    std::vector<int32_t> order;
    for (int32_t i = 0; i < 8; ++i) order.push_back((i + c) % 8);
    a.orders.push_back(order);
    std::ranges::reverse(order);
    b.orders.push_back(order);
  }
  result.models = {a, b};
  result.statistics.resamples = 200;
  result.statistics.permutations = 200;
  summarize_classification(result);
  return result;
}

Deployment small_deployment(std::optional<double> price) {
  Deployment d;
  d.processor = "a processor";
  d.threads = d.rounds = 2;
  d.batch = 32;
  d.search_rows = 100'000;
  d.images = 64;
  d.mean_image_bytes = 90'000;
  d.price_per_hour = price;
  d.currency = "EUR";
  d.rows = {{"a", {}, 100, 2, 3, 1 << 30, 2048}, {"b", {}, 400, 1, 3, 1 << 29, 1024}};
  return d;
}

nlohmann::json schema(const std::string& name) {
  return nlohmann::json::parse(
      read_text_file(SIGHTLINE_SOURCE_DIR "/docs/formats/" + name + ".schema.json"));
}

void expect_conforms(const std::string& json, const std::string& name) {
  const auto findings = schema_findings(nlohmann::json::parse(json), schema(name), true);
  EXPECT_TRUE(findings.empty()) << findings[0];
}

TEST(ClassificationJson, ConformsToItsSchema) {
  for (const size_t classes : {3u, 6u}) {
    const ClassificationResult result = small_classification(classes, kHostile);
    expect_conforms(classification_json(result, this_run("x"), small_deployment(0.5)),
                    "classification");
    expect_conforms(classification_json(result, this_run()), "classification");
  }
}

TEST(ClassificationJson, HasThePrecisionsOfSeveralLabels) {
  const std::string text = classification_json(small_multilabel(kHostile), this_run("x"));
  expect_conforms(text, "classification");
  const auto json = nlohmann::json::parse(classification_json(small_multilabel(), {}));
  EXPECT_EQ(json["dataset"]["multilabel"], true);
  const auto& a = json["models"][0];
  EXPECT_EQ(a["metrics"].size(), 1u);
  EXPECT_EQ(a["metrics"]["mean_average_precision"]["value"], 1);
  EXPECT_EQ(a["classes"][0], (nlohmann::json{{"class", "class 0"}, {"average_precision", 1}}));
  EXPECT_TRUE(a["classes"][3]["average_precision"].is_null());
  EXPECT_GT(json["chance"]["mean_average_precision"], 0.5);
  EXPECT_EQ(json["comparisons"].size(), 1u);
  EXPECT_TRUE(json["definitions"].contains("average precision"));
  EXPECT_FALSE(json["definitions"].contains("acc1"));
}

TEST(ClassificationPage, HasThePrecisionsOfSeveralLabels) {
  const std::string page = classification_page(small_multilabel(kHostile), {}, {}, {}, {});
  EXPECT_EQ(count_of(page, "<script>alert"), 0u);
  EXPECT_NE(page.find("Multi-label zero-shot classification"), page.npos);
  EXPECT_NE(page.find("8 images with 12 labels of 4 classes"), page.npos);
  EXPECT_NE(page.find("average precision %"), page.npos);
  EXPECT_NE(page.find("need images of one class, and are not given"), page.npos);
  EXPECT_EQ(page.find("id=\"wrong\""), page.npos);
}

TEST(ClassificationTables, HaveThePrecisionsOfSeveralLabels) {
  const ClassificationResult result = small_multilabel();
  const std::string csv = csv_text(classification_table(result));
  EXPECT_EQ(csv.substr(0, csv.find('\r')),
            "model,mean_average_precision,mean_average_precision_low,mean_average_precision_high,"
            "mean_average_precision_best");
  EXPECT_EQ(classes_table(result).rows.size(), 8u);
  const std::string ranks = predictions_jsonl(result);
  const auto first = nlohmann::json::parse(ranks.substr(0, ranks.find('\n')));
  EXPECT_EQ(first["classes"], nlohmann::json{"class 0"});
  EXPECT_EQ(first["models"], nlohmann::json::parse(R"([{"ranks": [1]}, {"ranks": [8]}])"));
}

TEST(ClassificationJson, HasTheFigures) {
  const auto json = nlohmann::json::parse(
      classification_json(small_classification(6), {}, small_deployment(0.5)));
  const auto& a = json["models"][0];
  EXPECT_NEAR(a["metrics"]["acc1"]["value"].get<double>(), 55.0 / 60, 1e-12);
  EXPECT_EQ(a["classes"][1]["most_confused"],
            (nlohmann::json{{"class", "class 0"}, {"images", 1}}));
  EXPECT_TRUE(a["classes"][6]["recall"].is_null());
  EXPECT_TRUE(json["classes"][6]["label"].is_null());
  EXPECT_EQ(json["best_models"]["acc1"], nlohmann::json{"a"});
  EXPECT_EQ(json["comparisons"].size(), 3u);
  const auto& deployed = json["deployment"]["models"][1];
  EXPECT_NEAR(deployed["hours_per_million_images"].get<double>(), 1e6 / 400 / 3600, 1e-9);
  EXPECT_NEAR(deployed["cost_per_million_images"].get<double>(), 0.5e6 / 400 / 3600, 1e-9);
  EXPECT_EQ(deployed["query_ms"], 4);
  const auto few = nlohmann::json::parse(classification_json(small_classification(3), {}));
  EXPECT_TRUE(few["models"][0]["metrics"]["acc5"]["value"].is_null());
  EXPECT_TRUE(few["deployment"].is_null());
}

TEST(ClassificationPage, EscapesTextsAndShowsWrongImages) {
  const ClassificationResult result = small_classification(6, kHostile);
  const std::string page =
      classification_page(result, {}, {}, {{{10, "jpeg"}}, 0, 0}, small_deployment(0.5));
  EXPECT_EQ(count_of(page, "<script>alert"), 0u);
  EXPECT_EQ(count_of(page, "<script"), 2u);
  // Both models are wrong about the first image of each class but the first.
  EXPECT_NE(page.find("5 images are classified wrongly by every model"), page.npos);
  EXPECT_NE(page.find("id=\"deployment\""), page.npos);
  EXPECT_NE(page.find("EUR / 10⁶ images"), page.npos);
  EXPECT_EQ(classification_page(result, {}, {}, {}, {}).find("id=\"deployment\""),
            std::string::npos);
}

TEST(ClassificationTables, HaveARowPerModelAndClass) {
  const ClassificationResult result = small_classification(6);
  const std::string csv = csv_text(classification_table(result));
  EXPECT_EQ(csv.substr(0, csv.find('\r')),
            "model,acc1,acc1_low,acc1_high,acc1_best,acc5,acc5_low,acc5_high,acc5_best,"
            "mean_per_class_recall,mean_per_class_recall_low,mean_per_class_recall_high,"
            "mean_per_class_recall_best");
  EXPECT_EQ(classes_table(result).rows.size(), 14u);
}

TEST(ClassificationReport, ReplacesAReportAndItsMeasurements) {
  const TemporaryFolder folder;
  ReportOptions options;
  options.directory = folder.path() / "report";
  options.figures = false;
  options.ranks = true;
  write_report(small_result({"a", "b"}), {}, options);
  EXPECT_TRUE(fs::exists(options.directory / "measurements.json"));
  write_classification_report(small_classification(6), {}, options);
  EXPECT_FALSE(fs::exists(options.directory / "measurements.json"));
  EXPECT_FALSE(fs::exists(options.directory / "tables/metrics-text-to-image.csv"));
  EXPECT_TRUE(fs::exists(options.directory / "tables/classes.tex"));
  const std::string ranks = read_text_file(options.directory / "ranks.jsonl");
  EXPECT_EQ(nlohmann::json::parse(ranks.substr(0, ranks.find('\n')))["class"], "class 0");
  check_report_folder(options.directory);  // is recognized as a report
}

Overview mixed_overview() {
  Overview overview;
  const std::vector<int64_t> good(40, 1), bad(40, 20);
  overview.datasets.push_back({"emoji", {}, sample_result({good, bad}, {"a", "b"})});
  overview.datasets.push_back({"hard", {}, sample_result({bad, bad}, {"a", "b"})});
  overview.classified.push_back({"animals", {}, small_classification(6)});
  overview.deployment = small_deployment({});
  return overview;
}

TEST(MixedOverview, ConformsToItsSchema) {
  Overview overview = mixed_overview();
  const std::string text = overview_json(overview, this_run("x"));
  expect_conforms(text, "overview");
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["classified_data_sets"][0]["results"], "animals/results.json");
  EXPECT_EQ(json["rank_correlations"].size(), 3u);
  EXPECT_EQ(json["rank_correlations"][1]["kendall_tau"], 1);
  EXPECT_TRUE(json["rank_correlations"][0]["kendall_tau"].is_null());  // "hard" ties
  EXPECT_EQ(json["hard_for_all"][0]["count"], 0);
  EXPECT_EQ(json["hard_for_all"][1]["count"], 40);
  EXPECT_EQ(json["hard_for_all"][1]["worst"][0]["best_rank"], 20);
  EXPECT_EQ(json["hard_for_all"][2]["count"], 5);
  EXPECT_TRUE(json["deployment"]["models"][0]["cost_per_million_images"].is_null());
  overview.datasets.clear();
  expect_conforms(overview_json(overview, this_run("x")), "overview");
}

TEST(MixedOverview, HasDataSetsOfSeveralLabels) {
  Overview overview = mixed_overview();
  overview.classified.push_back({"scenes", {}, small_multilabel()});
  const std::string text = overview_json(overview, this_run("x"));
  expect_conforms(text, "overview");
  const auto json = nlohmann::json::parse(text);
  const auto& scenes = json["classified_data_sets"][1];
  EXPECT_EQ(scenes["models"][0]["metrics"].size(), 1u);
  EXPECT_EQ(json["classified_data_sets"][0]["models"][0]["metrics"].size(), 3u);
  EXPECT_EQ(json["rank_correlations"].back()["kendall_tau"], 1);  // acc1 and mAP
  EXPECT_EQ(json["hard_for_all"].back()["count"], 0);
  const std::string page = overview_page(overview, {}, OverviewImages(overview), {});
  const size_t matrix = page.find("data-metric=\"mean_average_precision\"");
  ASSERT_NE(matrix, page.npos);
  EXPECT_EQ(page.substr(matrix, page.find("</table>", matrix) - matrix).find("animals"), page.npos);
  EXPECT_NE(page.find(" In multi-label data sets, an image has any number of classes"), page.npos);
}

TEST(MixedOverview, HasAllSections) {
  Overview overview = mixed_overview();
  for (const bool with_captions : {true, false}) {
    if (!with_captions) overview.datasets.clear();
    const OverviewImages images(overview);
    const std::string page = overview_page(overview, {}, images, {});
    EXPECT_NE(page.find("data-metric=\"mean_per_class_recall\""), page.npos);
    EXPECT_EQ(page.find("data-metric=\"recall_at_1\"") != page.npos, with_captions);
    EXPECT_EQ(page.find("id=\"agreement\"") != page.npos, with_captions);  // two data sets
    EXPECT_NE(page.find("id=\"hard\""), page.npos);
    EXPECT_NE(page.find("id=\"deployment\""), page.npos);
    EXPECT_EQ(images.first_hard(), 0);
    EXPECT_EQ(images.items().size(), with_captions ? 24u + 5u : 5u);
  }
}

// The label of a panel's axis and the title of the panel below have room for both.
TEST(DeploymentFigure, HasRoomBetweenRowsOfPanels) {
  const auto height = [](size_t panels) {
    const std::vector<QualityColumn> quality(
        panels, {"data", "R@1", {0.5, 0.25}, {std::nullopt, std::nullopt}});
    const std::string script = deployment_figure(small_deployment({}), quality).script;
    const size_t at = script.find("size 1100,");
    EXPECT_NE(at, script.npos) << script.substr(0, 300);
    return std::stoi(script.substr(at + 10));
  };
  EXPECT_GE(height(3) - height(2), 300 + 100);
}

// The chart has a point for each model and no price in an axis of hours.
TEST(DeploymentFigure, HasHoursWithoutAPrice) {
  const std::vector<QualityColumn> quality = {
      {"", "R@1", {0.5, 0.25}, {std::nullopt, std::nullopt}}};
  const std::string hours = deployment_figure(small_deployment({}), quality).script;
  EXPECT_NE(hours.find("hours per 10⁶ images"), hours.npos);
  EXPECT_EQ(hours.find("EUR"), hours.npos);
  const std::string price = deployment_figure(small_deployment(3.6), quality).script;
  EXPECT_NE(price.find("EUR per 10⁶ images"), price.npos);
  EXPECT_NE(price.find("\n10.000000000 50.0000 "), price.npos);  // 10^6 / 100 s at 3.6 an hour
  // Free of charge: hours, since a logarithmic axis has no zero.
  EXPECT_NE(deployment_figure(small_deployment(0), quality).script.find("hours per"), hours.npos);
}

}  // namespace
}  // namespace sightline
