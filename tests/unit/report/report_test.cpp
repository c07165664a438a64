#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "base/file.h"
#include "report/density.h"
#include "report/figures.h"
#include "report/gnuplot.h"
#include "report/text.h"
#include "report_fixtures.h"
#include "size_limit.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

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
  EXPECT_EQ(gnuplot_wrapped("clip-base-32 %", 9, 2), "'clip-'.\"\\n\".'base-32 %%'");
  EXPECT_EQ(decimal(0.125, 2), "0.12");
  EXPECT_EQ(decimal(-0.0, 2), "0.00");
  EXPECT_EQ(decimal(-0.4, 0), "0");
  EXPECT_EQ(decimal(-0.01, 2), "-0.01");
  EXPECT_EQ(decimal(-NAN, 2).find_first_of("0"), std::string::npos);
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
    const auto figures = draw_figures(
        figures_of(full_result(std::vector<std::string>(count, kHostile))), folder.path());
    ASSERT_EQ(figures.size(), 5u);
    for (const PageImage& figure : figures) {
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
  // The figure that the lines of the epochs have.
  EXPECT_NE(script("\"recall\": {\"test\": {\"R@1\": 0.5, \"R@5\": 0.9}}").find("R@1, test"),
            std::string::npos);
  const std::string classified = script("\"classification\": {\"test\": {\"top-1\": 0.5}}");
  EXPECT_NE(classified.find("top-1, test"), std::string::npos);
  EXPECT_NE(classified.find("set y2range [0:52.000000]"), std::string::npos);  // fits the data
  std::ofstream(log) << "no json\n[]\n";
  EXPECT_THROW(plot_training(log, folder.path()), Error);
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
  std::string problem;
  try {
    const test::SizeLimit limit(100);
    write_report(small_result({"a"}), input, options);
  } catch (const Error& error) {
    problem = error.what();
  }
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
  std::string problem;
  try {
    const test::SizeLimit limit(1000);
    run_gnuplot(folder.path(), "f", script);
  } catch (const Error& error) {
    problem = error.what();
  }
  EXPECT_NE(problem.find("f.png': "), std::string::npos) << problem;
}

TEST(Report, ReplacesOnlyFilesOfReports) {
  const EvaluationInput input;
  ReportOptions options;
  options.figures = false;
  for (const char* name : {"index.html", "results.json", "ranks.jsonl", "figures/accuracy_at_k.svg",
                           "figures/recall.svg", "grids/query-1-model-1.png", "tables/noise.csv",
                           "measurements.json"}) {
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
  const fs::path earlier = options.directory / "figures/recall.png";  // of an earlier version
  fs::create_directories(earlier.parent_path());
  std::ofstream(earlier) << "old";
  write_report(small_result({"a"}), input, options);  // its own files are replaced
  EXPECT_FALSE(fs::exists(earlier));
  std::ofstream(options.directory / "index.html") << "mine";
  EXPECT_THROW(check_report_folder(options.directory), Error);
  std::ofstream(options.directory / "index.html")
      << "<!DOCTYPE html>\n<meta name=\"generator\" content=\"sightline 9\">";
  check_report_folder(options.directory);
}

}  // namespace
}  // namespace sightline
