// The HTML of the page; tests/web opens it in a browser.
#include <gtest/gtest.h>
#include <sightline/report.h>

#include <regex>

#include "report/page/page.h"
#include "report/page/thumbnails.h"
#include "report_fixtures.h"
#include "sample_result.h"

namespace sightline {
namespace {

TEST(Page, EscapesDataAndHasNoExternalResources) {
  ExperimentResult result = full_result({kHostile, "plain"});
  result.warnings.push_back(kHostile);
  const std::vector<PageImage> figures = {{"scores", "image/png", "bytes", kHostile}};
  RunInfo run;
  run.command = kHostile;
  const std::string page = results_page(result, run, figures, {{{3, "abc"}}});
  EXPECT_EQ(count_of(page, "<script"), 2u);  // the page's data and its program
  EXPECT_EQ(count_of(page, "</script"), 2u);
  EXPECT_EQ(page.find("data/<set>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_FALSE(
      std::regex_search(page, std::regex("(src|href)=\"(?!data:|#|tables/|results\\.json\")")));
  EXPECT_FALSE(std::regex_search(page, std::regex("url\\((?!data:)")));
  EXPECT_EQ(page.find("http:"), std::string::npos);
  EXPECT_EQ(page.find("https:"), std::string::npos);
  EXPECT_LT(page.find("<meta name=\"generator\" content=\"sightline "), 200u);
}

TEST(Page, EachImageIsEmbeddedOnceAndEveryLinkHasATarget) {
  const ExperimentResult result = full_result({"a", "b"});
  const std::string page = results_page(result, {}, {}, {{{3, "abc"}, {7, "own"}}});
  EXPECT_EQ(count_of(page, "base64,YWJj)"), 1u);  // "abc"
  EXPECT_EQ(count_of(page, "class=\"pic p3\""), 2u);
  EXPECT_EQ(count_of(page, "class=\"pic p7\""), 2u);  // once per model: it is the first hit
  EXPECT_NE(page.find("<div class=\"pic\">row-9</div>"), std::string::npos);  // no thumbnail
  EXPECT_NE(page.find("aria-label=\"caption 7\""), std::string::npos);
  const std::regex link("href=\"#([a-z]+)\"");
  size_t links = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), link), end; at != end; ++at, ++links) {
    EXPECT_EQ(count_of(page, "<section id=\"" + (*at)[1].str() + "\">"), 1u) << (*at)[1];
  }
  EXPECT_EQ(links, count_of(page, "<section "));
  // Accuracy and relative loss in the noise table.
  EXPECT_NE(page.find("<td>37.5<br><small>30.0 to 40.0</small></td>"), std::string::npos);
  EXPECT_NE(page.find("<td>25 %<br><small>10 to 30</small></td>"), std::string::npos);
}

TEST(Page, MarksOnlyOwnImagesAmongTheHits) {
  const std::string page = results_page(full_result({"a"}), {}, {}, {});
  // Rank 28 is shown before the hits, without a mark.
  EXPECT_NE(page.find("<li><div class=\"pic\">row-9</div><b>0.125</b><em>own image, rank 28</em>"),
            std::string::npos);
  EXPECT_NE(page.find("<li class=\"own\"><div class=\"pic\">row-7</div><b>1. 0.750 ✓</b>"
                      "<em>own image, rank 1</em>"),
            std::string::npos);
  EXPECT_EQ(count_of(page, "<li class=\"own\">"), 2u);  // and the query that is a caption
}

TEST(Page, AnOwnImageWhoseRankIsBelowTheHitsIsNotMarked) {
  ExperimentResult result = small_result({"a"});
  // A tie puts the image among the hits; its rank counts the tie against the model.
  result.models[0].examples = {{ExampleKind::median, 9, 12, 0.5, {{2, 0.5}, {9, 0.5}}}};
  const std::string page = results_page(result, {}, {}, {});
  EXPECT_EQ(page.find("<li class=\"own\">"), std::string::npos);
  EXPECT_EQ(count_of(page, "own image, rank 12"), 1u);
}

MetricComparison comparison(int a, int b, double p_corrected) {
  MetricComparison c;
  c.a = a;
  c.b = b;
  c.difference = 0.1;
  c.p = c.p_corrected = p_corrected;
  return c;
}

TEST(Page, BoldFollowsTheTests) {
  ExperimentResult result = small_result({"a", "b"});
  result.models[0].metrics.text_to_image.accuracy = 0.5;
  result.models[1].metrics.text_to_image.accuracy = 0.4;
  const std::string best = "<td data-v=\"0.5\" class=\"best\">50.00</td>";
  EXPECT_EQ(results_page(result, {}, {}, {}).find("class=\"best\""), std::string::npos)
      << "no test";
  result.comparisons = {comparison(0, 1, 0.0624)};
  const std::string open = results_page(result, {}, {}, {});
  EXPECT_EQ(open.find("class=\"best\""), std::string::npos) << "not significant";
  EXPECT_EQ(open.find("Bold: the best"), std::string::npos);
  EXPECT_NE(open.find("<small>p 0.0624</small>"), std::string::npos);
  result.comparisons = {comparison(0, 1, 0.0312)};
  const std::string decided = results_page(result, {}, {}, {});
  EXPECT_EQ(count_of(decided, best), 1u);
  EXPECT_EQ(count_of(decided, "Bold: the best"), 1u);
}

TEST(Page, DifferencesOfManyModelsAreFoldedUnlessOneIsSignificant) {
  constexpr const char* kFolded =
      "<details><summary>No difference is significant (corrected p of at least 0.05): accuracy "
      "%</summary>";
  for (const double p : {0.0312, 0.0624}) {
    for (const std::vector<std::string>& labels :
         {std::vector<std::string>{"a", "b", "c", "d"}, {"a", "b", "c", "d", "e"}}) {
      ExperimentResult result = small_result(labels);
      result.comparisons = {comparison(0, 1, p)};
      const std::string page = results_page(result, {}, {}, {});
      // The view without comparisons of the fixture is folded as well.
      const size_t expected = labels.size() == 4 ? 0 : p < 0.05 ? 1 : 2;
      EXPECT_EQ(count_of(page, kFolded), expected) << labels.size() << " models, p " << p;
      EXPECT_EQ(count_of(page, "<table class=\"matrix\">"), 2u);
    }
  }
}

TEST(Page, CountsOfOneAreSingular) {
  ExperimentResult result = small_result({"a"});
  result.splits = {"novel"};
  result.repeated_rows = 1;
  const std::string one = results_page(result, {}, {}, {});
  EXPECT_NE(one.find(" (imagefolder, split novel): 30 images, 30 captions, 0 images without a "
                     "caption, 1 row that repeats an image, 1 row skipped. 1 model.</p>"),
            std::string::npos);
  EXPECT_NE(one.find("<summary>1 row could not be read or encoded</summary>"), std::string::npos);
  result = small_result({"a", "b"});
  result.splits = {"novel", "test"};
  result.skipped.push_back(result.skipped[0]);
  const std::string two = results_page(result, {}, {}, {});
  EXPECT_NE(two.find(", splits novel, test): "), std::string::npos);
  EXPECT_NE(two.find("0 rows that repeat an image, 2 rows skipped. 2 models, evaluated on the same "
                     "rows.</p>"),
            std::string::npos);
  result = small_result({"a"});
  result.models[0].metrics.text_to_image.queries = 1;
  result.models[0].metrics.text_to_image.candidates = 1;
  EXPECT_NE(results_page(result, {}, {}, {}).find(">1 query among 1 candidate; score"),
            std::string::npos);
}

TEST(Page, TheTitleNamesTheDataSet) {
  ExperimentResult result = small_result({"a"});
  for (const auto& [dataset, title] : std::vector<std::pair<std::string, std::string>>{
           {"/data/my photos", "my photos – retrieval"},
           {"data/photos/", "photos – retrieval"},
           {"data/<set>", "&lt;set&gt; – retrieval"},
           {"x/..", "x/.. – retrieval"},
           {".", ". – retrieval"},
           {"", "Retrieval"}}) {
    result.dataset = dataset;
    EXPECT_NE(results_page(result, {}, {}, {}).find("<title>" + title + "</title>"),
              std::string::npos)
        << dataset;
  }
}

TEST(Page, TheLastLineLinksTheFilesOfTheReport) {
  ExperimentResult result = small_result({"a", "b"});
  for (const bool tests : {false, true}) {
    if (tests) result.comparisons = {comparison(0, 1, 1)};
    const std::string page = results_page(result, {}, {}, {});
    for (const char* file : {"results.json", "tables/", "tables/metrics-text-to-image.csv",
                             "tables/metrics-image-to-text.tex"}) {
      EXPECT_EQ(count_of(page, "<a href=\"" + std::string(file) + "\">"), 1u) << file;
    }
    EXPECT_EQ(count_of(page, "<a href=\"tables/comparisons-text-to-image.tex\">LaTeX</a>"),
              tests ? 1u : 0u);
  }
}

TEST(Page, TheTimeIsReadable) {
  RunInfo run;
  run.date = "2026-11-29T08:04:59Z";
  const std::string page = results_page(small_result({"a"}), run, {}, {});
  EXPECT_NE(page.find("\">2026-11-29 08:04 UTC · sightline"), std::string::npos);
  run.date = "a <date>";
  EXPECT_NE(results_page(small_result({"a"}), run, {}, {}).find(">a &lt;date&gt; · sightline"),
            std::string::npos);
}

TEST(Page, EqualMetricsAreOneColumn) {
  const std::string page = results_page(small_result({"a"}), {}, {}, {});  // K = 5
  EXPECT_NE(page.find("<th scope=\"col\" data-best=\"high\">accuracy % = R@5 %</th>"),
            std::string::npos);
  EXPECT_NE(page.find("<th scope=\"col\" data-best=\"high\">MRR = MAP</th>"), std::string::npos);
}

TEST(Page, ThumbnailsOfDifferencesAreFewAndOneSided) {
  ExperimentResult result = small_result({"a", "b"});
  for (size_t t = 0; t < 30; ++t) {
    result.models[0].ranks.text_rank[t] = 1;
    result.models[1].ranks.text_rank[t] = t < 20 ? 1 : static_cast<int64_t>(t);
  }
  const std::vector<int64_t> rows = rows_with_differences(result);
  ASSERT_EQ(rows.size(), 10u);
  EXPECT_EQ(rows.front(), 29);  // the largest difference first
  EXPECT_TRUE(rows_with_differences(small_result({"a"})).empty());
}

TEST(Page, ZeroDifferencesHaveNoSign) {
  ExperimentResult result = small_result({"a", "b"});
  result.comparisons = {comparison(0, 1, 1)};
  for (const double zero : {0.0, -0.0, 0.000001, -0.000001}) {
    result.comparisons[0].difference = zero;
    result.comparisons[0].interval = Interval{-0.0, zero};
    const std::string page = results_page(result, {}, {}, {});
    EXPECT_EQ(page.find("-0.00"), std::string::npos) << zero;
    EXPECT_EQ(page.find("+0.00"), std::string::npos) << zero;
    EXPECT_NE(page.find("[0.00, 0.00]"), std::string::npos) << zero;
  }
}

TEST(Page, TheChanceLevelIsBelowTheModels) {
  ExperimentResult result = small_result({"a", "b"});
  for (ModelResult& model : result.models)
    model.by_split["x"] = model.by_split["y"] = model.metrics;
  for (ExperimentRow& row : result.rows) row.split = row.id == "row-7" ? "y" : "x";
  const std::string page = results_page(result, {}, {}, {});
  // Accuracy: 5 of 30 candidates; score: that times 30 queries, or 29 of split x.
  const std::string all =
      "<tfoot><tr class=\"chance\"><th scope=\"row\">chance</th><td>5</td><td>16.67</td>";
  EXPECT_EQ(count_of(page, all), 4u);
  EXPECT_EQ(count_of(page, "<tfoot>"), 6u);
  // Split y has one query.
  EXPECT_EQ(count_of(page, "<th scope=\"row\">chance</th><td>0</td><td>16.67</td>"), 2u);
}

TEST(Page, TheImagesOfExamplesHaveThumbnailsFirst) {
  ExperimentResult result = small_result({"a", "b"});
  for (ModelResult& model : result.models) {
    model.queries = {{"query", {{0, 0.5}, {1, 0.5}, {2, 0.5}}}};
    model.examples = {{ExampleKind::best, 28, 1, 0.75, {{28, 0.75}, {4, 0.5}}},
                      {ExampleKind::worst, 29, 28, 0.125, {{3, 0.5}, {5, 0.4}}}};
  }
  for (size_t t = 0; t < 30; ++t)
    result.models[0].ranks.text_rank[t] = result.models[1].ranks.text_rank[t] = 1;
  EXPECT_EQ(rows_on_page(result), (std::vector<int64_t>{28, 29, 3, 0, 4, 5, 1, 2}));
  GridQuery empty;
  const std::vector<uint8_t> image = render_grid({&empty, 1}, {.cell = 64, .limits = {}});
  std::map<int64_t, std::vector<uint8_t>> images;
  for (const int64_t row : {0, 1, 2, 3, 4, 28}) images[row] = image;
  images[29] = {1, 2, 3};  // not an image; that of row 5 is missing
  const PageImages all = page_images(result, images, OrientationProfile::upright);
  EXPECT_EQ(all.jpegs.size(), 6u);
  EXPECT_EQ(all.unreadable, 2);
  const size_t bytes = all.jpegs.at(0).size();
  const PageImages some =
      page_images(result, images, OrientationProfile::upright, {}, 2 * bytes + bytes / 2);
  EXPECT_TRUE(some.jpegs.contains(28));
  EXPECT_TRUE(some.jpegs.contains(3));
  EXPECT_EQ(some.jpegs.size(), 2u);
  EXPECT_EQ(some.over_limit, 4);
  const std::string page = results_page(result, {}, {}, some);
  EXPECT_EQ(count_of(page,
                     "6 images have no thumbnail and are shown by id: 4 because the thumbnails "
                     "of the page would take more than 16 MiB, 2 because the image could not "
                     "be read."),
            2u);  // in the sections of queries and of examples
  EXPECT_EQ(results_page(result, {}, {}, {}).find("no thumbnail"), std::string::npos);
}

TEST(Page, FoldsKindsOfNoiseWithTheSameFigures) {
  ExperimentResult result = full_result({"a"});
  const std::string folded = results_page(result, {}, {}, {});
  EXPECT_EQ(count_of(folded, "<h3>noise words added and typos</h3>"), 1u);
  EXPECT_NE(folded.find("noise words added and typos have the same figures."), std::string::npos);
  result.models[0].robustness->points[0].accuracy.value = 0.25;
  const std::string separate = results_page(result, {}, {}, {});
  EXPECT_EQ(count_of(separate, "<h3>typos</h3>"), 1u);
  EXPECT_EQ(separate.find("have the same figures"), std::string::npos);
}

TEST(Page, ShowsFailures) {
  ExperimentResult result = small_result({"a", "b"});
  result.failures = sample_failure_options();
  result.bank = QueryBank{"train", 12, 3};
  result.columns = {"group"};
  for (ExperimentRow& row : result.rows) row.fields = {kHostile};
  for (ModelResult& model : result.models) {
    model.failures = sample_failures();
    model.failures.typographic->examples[0].wrong = kHostile;
    const ChangedMetric half{0.5, 0, {}, {}};
    model.failures.groups = {{"group", {{kHostile, 19, 19, half, half, half, half}}}};
  }
  // The picture of an attacked image has a number above those of the thirty rows.
  const std::string page = results_page(result, {}, {}, {{{1, "hub"}, {30, "attacked"}}});
  EXPECT_EQ(count_of(page, "id=\"failures\""), 1u);
  EXPECT_EQ(count_of(page, "<b>N = 9</b>"), 2u);
  EXPECT_NE(page.find("qb-norm corrects 7 of 30 queries"), std::string::npos);
  EXPECT_NE(page.find("12 captions of split"), std::string::npos);
  EXPECT_NE(page.find(">19 *</td>"), std::string::npos);
  EXPECT_EQ(count_of(page, "class=\"pic p30\""), 1u);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("\"thumbnails\":[1]"), std::string::npos);
}

TEST(Page, OmitsEmptySections) {
  const std::string page = results_page(small_result({"a"}), {}, {}, {});
  for (const char* name : {"figures", "noise", "queries", "examples", "warnings"}) {
    EXPECT_EQ(page.find(std::string("id=\"") + name + "\""), std::string::npos) << name;
  }
  EXPECT_NE(page.find("id=\"results\""), std::string::npos);
}

}  // namespace
}  // namespace sightline
