#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/report.h>
#include <signal.h>
#include <sys/resource.h>

#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "report/density.h"
#include "report/figures.h"
#include "report/gnuplot.h"
#include "report/grids.h"
#include "report/page/page.h"
#include "report/page/thumbnails.h"
#include "report/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sl_report_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

constexpr const char* kHostile =
    "</td><script>alert('x')</script>`touch pwned` \"@m\" \\n %d {/Symbol a}\xff\n";

ExperimentResult small_result(std::vector<std::string> labels) {
  std::mt19937 random(5);
  ExperimentResult result;
  result.dataset = "data/<set>";
  result.dataset_format = "imagefolder";
  RetrievalSet set;
  set.images = Matrix(30, 6);
  set.texts = Matrix(30, 6);
  for (int i = 0; i < 30; ++i) {
    result.rows.push_back(
        {"row-" + std::to_string(i), "", {i == 3 ? kHostile : "caption " + std::to_string(i)}, {}});
    result.text_row.push_back(i);
    result.text_caption.push_back(0);
    set.text_image.push_back(i);
  }
  for (const std::string& label : labels) {
    for (float& v : set.images.values) v = static_cast<float>(random() % 100) / 100;
    for (float& v : set.texts.values) v = static_cast<float>(random() % 100) / 100;
    ModelResult model;
    model.label = label;
    model.info.name = label;
    model.ranks = rank_pairs(set);
    model.metrics = summarize(set, model.ranks, 5);
    result.models.push_back(model);
  }
  result.skipped.push_back({kHostile, kHostile});
  return result;
}

// Also contains the optional parts of a page: queries, examples and noise.
ExperimentResult full_result(std::vector<std::string> labels) {
  ExperimentResult result = small_result(std::move(labels));
  result.noise.kinds = {NoiseKind::noise_words, NoiseKind::typos};
  result.noise.strengths = {0.2, 0.5};
  for (ModelResult& model : result.models) {
    model.queries = {{kHostile, {{3, 0.5}, {4, 0.25}}}};
    model.examples = {{ExampleKind::best, 7, 1, 0.75, {{7, 0.75}, {8, 0.5}}},
                      {ExampleKind::worst, 9, 28, 0.125, {{2, 0.5}}}};
    model.robustness.emplace();
    model.robustness->queries = 30;
    model.robustness->candidates = 30;
    model.robustness->clean.accuracy = {0.5, 0, Interval{0.4, 0.6}, Interval{0, 0}};
    for (const NoiseKind kind : result.noise.kinds) {
      for (const double strength : result.noise.strengths) {
        NoisePoint point;
        point.kind = kind;
        point.strength = strength;
        point.accuracy = {0.375, 0.25, Interval{0.3, 0.4}, Interval{0.1, 0.3}};
        model.robustness->points.push_back(point);
      }
    }
  }
  return result;
}

bool have_gnuplot() {
  try {
    require_gnuplot();
    return true;
  } catch (const Error&) {
    return false;
  }
}

TEST(ReportText, IsEscapedForEachFormat) {
  EXPECT_EQ(plain_text("  a\n\tb\x01\xff c "), "a b\xEF\xBF\xBD\xEF\xBF\xBD c");
  EXPECT_EQ(plain_text("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(plain_text("é€😀"), "é€😀");
  EXPECT_EQ(html_text("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(gnuplot_text("it's"), "'it''s'");
  EXPECT_EQ(html_exact("a  b\n<\x01\xff"), "a  b\n&lt;\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(shorten("abcdefghij", 5), "ab…ij");
  EXPECT_EQ(shorten("äöüß", 4), "äöüß");
  EXPECT_EQ(text_width("äöü😀日"), 7u);
  EXPECT_EQ(shorten("日本語日本語", 7), "日…語");
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrapped("clip-vit-large-patch14", 12, 2), (Lines{"clip-vit-", "l…ge-patch14"}));
  EXPECT_EQ(wrapped("short", 12, 2), Lines{"short"});
  EXPECT_EQ(wrapped("", 12, 2), Lines{""});
  EXPECT_EQ(gnuplot_wrapped("clip-base-32 %", 9), "'clip-'.\"\\n\".'base-32 %%'");
  EXPECT_EQ(decimal(0.125, 2), "0.12");
}

TEST(Density, AreaIsOne) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0.3, 0.05);
  std::vector<double> values(2000);
  for (double& v : values) v = normal(random);
  values.push_back(NAN);
  const Range range = common_range({&values});
  const Curve curve = density_curve(values, range.low - 0.2, range.high + 0.2, 800);
  double area = 0;
  for (const double y : curve.y) area += y * (curve.x[1] - curve.x[0]);
  EXPECT_NEAR(area, 1, 1e-3);
  const Curve bars = histogram(values, range.low, range.high, histogram_bins({&values}, range));
  area = 0;
  for (const double y : bars.y) area += y * (bars.x[1] - bars.x[0]);
  EXPECT_NEAR(area, 1, 1e-9);
  // The peak of a normal distribution is 1 / (s sqrt(2 pi)), a little lower after smoothing.
  EXPECT_NEAR(*std::max_element(curve.y.begin(), curve.y.end()), 1 / (0.05 * std::sqrt(2 * M_PI)),
              0.6);
}

TEST(Density, DegenerateSets) {
  EXPECT_TRUE(density_curve({}, 0, 1, 10).x.empty());
  EXPECT_TRUE(density_curve({NAN}, 0, 1, 10).x.empty());
  const std::vector<double> one = {0.5};
  const Range range = common_range({&one});
  EXPECT_LT(range.low, 0.5);
  EXPECT_GT(range.high, 0.5);
  for (const double y : density_curve(one, range.low, range.high, 50).y)
    EXPECT_TRUE(std::isfinite(y));
}

TEST(Figures, AreDrawnForHostileLabels) {
  if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not installed (Debian: gnuplot-nox)";
  for (const size_t count : {1u, 2u, 4u, 8u}) {
    const TemporaryFolder folder;
    const auto figures =
        draw_figures(full_result(std::vector<std::string>(count, kHostile)), folder.path());
    ASSERT_EQ(figures.size(), 5u);
    for (const Figure& figure : figures) {
      EXPECT_GT(fs::file_size(folder.path() / (figure.name + ".png")), 3000u);
      EXPECT_GT(fs::file_size(folder.path() / (figure.name + ".svg")), 3000u);
    }
    EXPECT_FALSE(fs::exists(folder.path() / "pwned"));
  }
}

TEST(Figures, GnuplotFailuresAreErrors) {
  if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not installed (Debian: gnuplot-nox)";
  const TemporaryFolder folder;
  EXPECT_THROW(run_gnuplot(folder.path(), "wrong", "plot not a valid command\n"), Error);
}

TEST(Figures, WithoutGnuplotTheErrorNamesThePackage) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  try {
    require_gnuplot();
    ADD_FAILURE() << "gnuplot was found in an empty PATH";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(error.what()).find("gnuplot-nox"), std::string::npos);
  }
  ::setenv("PATH", path.c_str(), 1);
}

TEST(Figures, TrainingRun) {
  if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not installed (Debian: gnuplot-nox)";
  const TemporaryFolder folder;
  const fs::path log = folder.path() / "train.jsonl";
  EXPECT_THROW(plot_training(log, folder.path()), Error);  // missing file
  std::ofstream(log)
      << "{\"step\": 1, \"epoch\": 1, \"loss\": 5.5}\n{\"step\": 2, \"epoch\": 1, \"loss\": 4.5}\n"
         "{\"step\": 2, \"epoch\": 1, \"recall\": {\"te'st\": {\"R@5\": 0.25}}}\n{\"step\": 3, "
         "\"lo";
  EXPECT_EQ(plot_training(log, folder.path()), folder.path() / "training.png");
  EXPECT_GT(fs::file_size(folder.path() / "training.png"), 3000u);
  const std::string step = "{\"step\": 2, \"epoch\": 1, \"loss\": 4.5}\n";
  const auto script = [&](const std::string& metrics) {
    std::ofstream(log) << step << "{\"step\": 2, \"epoch\": 1, " << metrics << "}\n";
    plot_training(log, folder.path());
    std::ifstream file(folder.path() / "training.gp");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_NE(script("\"masked_words\": {\"test\": {\"accuracy\": 0.5}}").find("masked words"),
            std::string::npos);
  const std::string classified = script("\"classification\": {\"test\": {\"top-1\": 0.5}}");
  EXPECT_NE(classified.find("top-1, test"), std::string::npos);
  EXPECT_NE(classified.find("set y2range [0:52.000000]"), std::string::npos);  // fits the data
  std::ofstream(log) << "no json\n[]\n";
  EXPECT_THROW(plot_training(log, folder.path()), Error);
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Page, EscapesDataAndHasNoExternalResources) {
  ExperimentResult result = full_result({kHostile, "plain"});
  result.warnings.push_back(kHostile);
  const std::vector<PageImage> figures = {{"scores", "image/png", "bytes", kHostile}};
  RunInfo run;
  run.command = kHostile;
  const std::string page = results_page(result, run, figures, {{3, "abc"}});
  EXPECT_EQ(count_of(page, "<script"), 2u);  // the page's data and its program
  EXPECT_EQ(count_of(page, "</script"), 2u);
  EXPECT_EQ(page.find("data/<set>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_FALSE(std::regex_search(page, std::regex("(src|href)=\"(?!data:|#)")));
  EXPECT_FALSE(std::regex_search(page, std::regex("url\\((?!data:)")));
  EXPECT_EQ(page.find("http:"), std::string::npos);
  EXPECT_EQ(page.find("https:"), std::string::npos);
  EXPECT_LT(page.find("<meta name=\"generator\" content=\"sightline "), 200u);
}

TEST(Page, EachImageIsEmbeddedOnceAndEveryLinkHasATarget) {
  const ExperimentResult result = full_result({"a", "b"});
  const std::string page = results_page(result, {}, {}, {{3, "abc"}, {7, "own"}});
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
  EXPECT_NE(open.find("<small>p 0.0624</small>"), std::string::npos);
  result.comparisons = {comparison(0, 1, 0.0312)};
  EXPECT_EQ(count_of(results_page(result, {}, {}, {}), best), 1u);
}

TEST(Page, EqualMetricsAreOneColumn) {
  const std::string page = results_page(small_result({"a"}), {}, {}, {});  // K = 5
  EXPECT_NE(page.find("<th scope=\"col\">accuracy % = R@5 %</th>"), std::string::npos);
  EXPECT_NE(page.find("<th scope=\"col\">MRR = MAP</th>"), std::string::npos);
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

TEST(Page, OmitsEmptySections) {
  const std::string page = results_page(small_result({"a"}), {}, {}, {});
  for (const char* name : {"figures", "noise", "queries", "examples", "warnings"}) {
    EXPECT_EQ(page.find(std::string("id=\"") + name + "\""), std::string::npos) << name;
  }
  EXPECT_NE(page.find("id=\"results\""), std::string::npos);
}

// Returns the RGB values of a pixel.
std::array<int, 3> pixel(const Image& image, int x, int y) {
  const uint8_t* at =
      image.pixels.data() +
      (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x)) * 3;
  return {at[0], at[1], at[2]};
}

TEST(Report, DeletesGridsOfAnEarlierReport) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "grids");
  std::ofstream(folder.path() / "results.json") << R"({"format": "sightline-results"})";
  const char* others[] = {"query-notes.png", "query-1.png", "other.png"};
  for (const char* name : others) std::ofstream(folder.path() / "grids" / name) << "other";
  const fs::path old = folder.path() / "grids" / "query-12-model-1.png",
                 rows = folder.path() / "grids" / "rows-model-3.png";
  std::ofstream(old) << "old";
  std::ofstream(rows) << "old";
  ReportOptions options;
  options.directory = folder.path();
  options.figures = false;
  const EvaluationInput input;  // named: GCC 12 warns about an uninitialized temporary
  write_report(small_result({"a"}), input, options);  // a result without free queries
  EXPECT_FALSE(fs::exists(old));
  EXPECT_FALSE(fs::exists(rows));
  for (const char* name : others) EXPECT_TRUE(fs::exists(folder.path() / "grids" / name)) << name;
}

// Relative path -> content.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      content[entry.path().lexically_relative(folder).string()] = read_text_file(entry.path());
  }
  return content;
}

TEST(Report, AnInterruptedOneLeavesTheEarlierOne) {
  const TemporaryFolder folder;
  const EvaluationInput input;
  ReportOptions options;
  options.directory = folder.path();
  options.figures = have_gnuplot();
  options.run = RunInfo{};
  write_report(full_result({"a", "b"}), input, options);
  const auto before = content_of(folder.path());
  std::set<std::string> parts;
  int64_t stopped = 0;
  for (bool done = false; !done; ++stopped) {
    int64_t updates = 0;
    options.progress = [&](const ProgressUpdate& update) {
      parts.insert(update.note.substr(0, update.note.find(',')));
      if (updates++ >= stopped) throw Error(ErrorCode::cancelled, "stop");
    };
    bool replaced = false;
    options.on_replace = [&] { replaced = true; };
    try {
      write_report(full_result({"c"}), input, options);
      done = true;
      EXPECT_TRUE(replaced);
      EXPECT_LE(updates, stopped + 1);  // the last one may be that of a destructor
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled);
      EXPECT_FALSE(replaced);
      ASSERT_EQ(content_of(folder.path()), before) << "stopped at update " << stopped;
    }
  }
  EXPECT_GE(stopped, 5);
  EXPECT_TRUE(parts.contains("drawing grids"));
  EXPECT_TRUE(parts.contains("making thumbnails"));
  EXPECT_EQ(parts.contains("drawing figures"), options.figures);
  const auto after = content_of(folder.path());
  EXPECT_EQ(after.count("grids/rows-model-1.png"), 1u);
  EXPECT_EQ(after.count("grids/rows-model-2.png"), 0u) << "of the earlier report";
  for (const auto& [name, unused] : after) EXPECT_EQ(name.find(".tmp."), name.npos) << name;
}

TEST(Report, SaysThatItIsIncomplete) {
  const TemporaryFolder folder;
  const EvaluationInput input;
  ReportOptions options;
  options.directory = folder.path();
  options.figures = false;
  write_report(full_result({"a", "b"}), input, options);
  const auto before = content_of(folder.path());
  options.progress = [](const ProgressUpdate& update) {
    if (update.note.starts_with("drawing grids")) throw Error(ErrorCode::internal, "no ink");
  };
  try {
    write_report(full_result({"c"}), input, options);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "no ink; the report in '" + folder.path().string() +
                                             "' is incomplete: run the command again");
  }
  auto after = content_of(folder.path());
  EXPECT_NE(after["results.json"].find("\"label\": \"c\""), std::string::npos) << "is not lost";
  EXPECT_EQ(after["index.html"], before.at("index.html"));
  EXPECT_EQ(after["grids/rows-model-2.png"], before.at("grids/rows-model-2.png"));
}

TEST(Report, ErrorsNameTheFilesOfTheReport) {
  const TemporaryFolder folder;
  const EvaluationInput input;
  ReportOptions options;
  options.directory = folder.path();
  options.figures = false;
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{100, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::string problem;
  try {
    write_report(small_result({"a"}), input, options);
  } catch (const Error& error) {
    problem = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, ignored);
  EXPECT_EQ(problem,
            "cannot write '" + (folder.path() / "results.json").string() + "': File too large");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Report, RemovesWhatKilledRunsHaveLeft) {
  const TemporaryFolder folder;
  const EvaluationInput input;
  ReportOptions options;
  options.directory = folder.path();
  options.figures = false;
  write_report(small_result({"a"}), input, options);
  const auto whole = content_of(folder.path());
  const char* left[] = {"index.html.tmp.999999999.0", "figures/recall.gp.tmp.999999999.1",
                        "grids/rows-model-1.png.tmp.999999999.2",
                        "tables/noise.csv.tmp.999999999.3", ".report.tmp.999999999.4/index.html"};
  const char* foreign[] = {"thesis.tex.tmp.999999999.0", "figures/mine.gp.tmp.999999999.0"};
  for (const char* name : left) {
    fs::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name) << "left";
  }
  for (const char* name : foreign) std::ofstream(folder.path() / name) << "mine";
  write_report(small_result({"a"}), input, options);
  auto after = content_of(folder.path());
  for (const char* name : foreign) EXPECT_EQ(after.erase(name), 1u) << name;
  EXPECT_EQ(after.size(), whole.size());
  EXPECT_FALSE(fs::exists(folder.path() / ".report.tmp.999999999.4"));
}

// Ctrl-C on a terminal is sent to its foreground process group.
TEST(Gnuplot, IsInItsOwnProcessGroupAndEndsWithItsCaller) {
  if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not installed";
  const TemporaryFolder folder;
  const std::string script =
      "system('cut -d\" \" -f5 /proc/$PPID/stat > group; echo $PPID > process')\npause 600\n";
  int waited = 0;
  try {
    run_gnuplot(folder.path(), "f", script, [&] {
      ++waited;
      std::string process;
      std::getline(std::ifstream(folder.path() / "process"), process);
      if (!process.empty()) throw Error(ErrorCode::cancelled, "stop");
    });
    ADD_FAILURE() << "gnuplot was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled) << error.what();
  }
  EXPECT_GE(waited, 1);
  pid_t group = 0, process = 0;
  std::ifstream(folder.path() / "group") >> group;
  std::ifstream(folder.path() / "process") >> process;
  ASSERT_GT(process, 0);
  EXPECT_EQ(group, process);
  EXPECT_NE(::kill(process, 0), 0) << "gnuplot still runs";
}

// gnuplot ends with exit code 0 when its output cannot be written.
TEST(Gnuplot, AFigureThatIsNotWholeIsAnError) {
  try {
    require_gnuplot();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  const TemporaryFolder folder;
  const std::string script =
      "set terminal svg\nset output 'f.svg'\nplot sin(x)\nunset output\n"
      "set terminal pngcairo\nset output 'f.png'\nplot sin(x)\nunset output\n";
  run_gnuplot(folder.path(), "f", script);
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{1000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::string problem;
  try {
    run_gnuplot(folder.path(), "f", script);
  } catch (const Error& error) {
    problem = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, ignored);
  EXPECT_NE(problem.find("f.png': "), std::string::npos) << problem;
}

TEST(Report, ReplacesOnlyFilesOfReports) {
  const EvaluationInput input;
  ReportOptions options;
  options.figures = false;
  for (const char* name : {"index.html", "results.json", "ranks.jsonl", "figures/recall.svg",
                           "grids/query-1-model-1.png", "tables/noise.csv", "measurements.json"}) {
    const TemporaryFolder folder;
    const fs::path foreign = folder.path() / name;
    fs::create_directories(foreign.parent_path());
    std::ofstream(foreign) << "<title>my page</title>";
    options.directory = folder.path();
    try {
      write_report(small_result({"a"}), input, options);
      ADD_FAILURE() << name << " was replaced";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("choose another folder"), std::string::npos);
    }
    std::string kept;
    std::getline(std::ifstream(foreign), kept);
    EXPECT_EQ(kept, "<title>my page</title>") << name;
  }
  const TemporaryFolder folder;
  options.directory = folder.path() / "new";
  write_report(small_result({"a"}), input, options);
  check_report_folder(options.directory);
  write_report(small_result({"a"}), input, options);  // its own files are replaced
  std::ofstream(options.directory / "index.html") << "mine";
  EXPECT_THROW(check_report_folder(options.directory), Error);
  std::ofstream(options.directory / "index.html")
      << "<!DOCTYPE html>\n<meta name=\"generator\" content=\"sightline 9\">";
  check_report_folder(options.directory);
}

TEST(Grid, AnOwnImageIsMarkedOnlyAmongTheHits) {
  const TemporaryFolder folder;
  ExperimentResult result = small_result({"a"});
  GridQuery empty;
  empty.title = "x";
  const std::vector<uint8_t> white = render_grid({&empty, 1}, {.cell = 64, .limits = {}});
  ImageBytes images;
  for (int64_t i = 0; i < 30; ++i) images[i] = white;
  const auto grid_of = [&](const ExampleRow& example) {
    result.models[0].examples = {example};
    write_grids(result, images, OrientationProfile::upright, folder.path());
    return decode_image(read_file(folder.path() / "rows-model-1.png", 1 << 24), "grid");
  };
  const auto cells = [](const Image& grid) { return (grid.width - 40 + 14) / (168 + 14); };
  const auto green = [](const Image& grid, int cell) {
    const auto frame = pixel(grid, 20 + cell * (168 + 14) - 4, 20 + 58 + 84);
    return frame[1] > frame[0] + 80;
  };
  // Rank 1: shown once, with a green frame.
  const Image first = grid_of({ExampleKind::best, 7, 1, 0.75, {{7, 0.75}, {8, 0.5}, {9, 0.25}}});
  EXPECT_EQ(cells(first), 3);
  EXPECT_TRUE(green(first, 0));
  EXPECT_FALSE(green(first, 1));
  // Rank 28, after the hits: last and without a mark.
  const Image last = grid_of({ExampleKind::worst, 9, 28, 0.125, {{2, 0.5}, {3, 0.4}}});
  EXPECT_EQ(cells(last), 3);
  for (const int cell : {0, 1, 2}) EXPECT_FALSE(green(last, cell)) << cell;
  // A tie: among the hits, but its rank is below them.
  const Image tie = grid_of({ExampleKind::median, 9, 3, 0.5, {{2, 0.5}, {9, 0.5}}});
  EXPECT_EQ(cells(tie), 2);
  EXPECT_FALSE(green(tie, 1));
  // Rank 9 of ten hits: only eight images are shown.
  ExampleRow ninth{ExampleKind::median, 9, 9, 0.125, {}};
  for (int64_t i = 1; i <= 10; ++i) ninth.hits.push_back({i, 0.5});
  const Image cut = grid_of(ninth);
  EXPECT_EQ(cells(cut), 8);
  EXPECT_FALSE(green(cut, 7));
}

TEST(Grid, ShowsImagesAndFramesTheRelevantOne) {
  GridQuery empty;
  empty.title = "inner";
  const std::vector<uint8_t> white =
      render_grid({&empty, 1}, {.cell = 64, .limits = {}});  // any valid image
  GridQuery query;
  query.title = "a query & its <answer>";
  query.images = {{white, 0.5, "first", false},
                  {white, 0.4, "second", true},
                  {{1, 2, 3}, 0.3, kHostile, false}};
  const Image grid = decode_image(render_grid({&query, 1}), "grid");
  EXPECT_EQ(grid.width, 2 * 20 + 3 * 224 + 2 * 14);
  // The frame of the second image is green, that of the first grey; the broken image is a grey
  // placeholder.
  const int y = 20 + 58 + 112;
  const auto first = pixel(grid, 20 - 1, y), second = pixel(grid, 20 + 238 - 4, y);
  EXPECT_EQ(first[0], first[1]);
  EXPECT_GT(second[1], second[0] + 80);
  EXPECT_EQ(pixel(grid, 20 + 2 * 238 + 10, 20 + 58 + 10), (std::array<int, 3>{235, 235, 235}));
}

TEST(Grid, ImagesAreDrawnAsTheyWereEncoded) {
  GridQuery query;
  query.images.resize(1);
  query.images[0].bytes = read_file(
      fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/image/orientation/jpeg_exif_6.jpg", 1 << 20);
  // 7 x 5 pixels, and 5 x 7 upright: the corners of a square cell remain empty at the sides, or
  // above and below.
  const auto is_drawn = [&](OrientationProfile orientation, int x, int y) {
    const Image grid = decode_image(
        render_grid({&query, 1}, {.cell = 224, .limits = {}, .orientation = orientation}), "grid");
    return pixel(grid, 20 + x, 20 + 58 + y) != pixel(grid, 20 + 2, 20 + 58 + 2);
  };
  EXPECT_TRUE(is_drawn(OrientationProfile::upright, 112, 10));
  EXPECT_FALSE(is_drawn(OrientationProfile::upright, 10, 112));
  EXPECT_FALSE(is_drawn(OrientationProfile::stored, 112, 10));
  EXPECT_TRUE(is_drawn(OrientationProfile::stored, 10, 112));
}

TEST(Grid, TransparencyIsWhite) {
  // A 1 x 1 RGBA PNG, black and fully transparent.
  const std::vector<uint8_t> png = {
      0x89, 'P',  'N',  'G',  13,   10,   26,   10,   0,    0,    0,    13,   'I',  'H',
      'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    6,    0,    0,
      0,    0x1f, 0x15, 0xc4, 0x89, 0,    0,    0,    11,   'I',  'D',  'A',  'T',  0x78,
      0x9c, 0x63, 0x60, 0x00, 0x02, 0x00, 0x00, 0x05, 0x00, 0x01, 0x7a, 0x5e, 0xab, 0x3f,
      0,    0,    0,    0,    'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82};
  GridQuery query;
  query.images = {{png, 1, "clear", false}};
  const Image grid = decode_image(render_grid({&query, 1}), "grid");
  EXPECT_EQ(pixel(grid, 20 + 112, 20 + 58 + 112), (std::array<int, 3>{255, 255, 255}));
}

TEST(Grid, ManyImagesUseSeveralRows) {
  const auto size_of = [](size_t images) {
    GridQuery query;
    query.images.resize(images);
    const Image grid = decode_image(render_grid({&query, 1}), "grid");
    return std::array<int, 2>{(grid.width - 40 + 14) / 238,
                              (grid.height - 40 - 58 + 14) / (224 + 92 + 14)};
  };
  EXPECT_EQ(size_of(5), (std::array<int, 2>{5, 1}));
  EXPECT_EQ(size_of(8), (std::array<int, 2>{8, 1}));
  EXPECT_EQ(size_of(10), (std::array<int, 2>{5, 2}));
  EXPECT_EQ(size_of(60), (std::array<int, 2>{8, 8}));
}

TEST(Grid, RejectsGridsThatAreTooLarge) {
  EXPECT_THROW(render_grid({}), Error);
  GridQuery query;
  EXPECT_THROW(render_grid({&query, 1}, {.cell = 5, .limits = {}}), Error);
  query.images.resize(1000);
  EXPECT_THROW(render_grid({&query, 1}), Error);
  const std::vector<GridQuery> many(500);
  EXPECT_THROW(render_grid(many), Error);
}

}  // namespace
}  // namespace sightline
