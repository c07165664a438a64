// Axes, colors and panels of the figures.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <regex>

#include "base/file.h"
#include "report/accuracy_figure.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/gnuplot.h"
#include "report/noise_figure.h"
#include "report/noise_groups.h"
#include "report/ranks_figure.h"
#include "report/scores_figure.h"
#include "report/similarity_figure.h"
#include "sample_result.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

using Ranks = std::vector<std::vector<int64_t>>;

std::vector<std::string> labels(size_t count) {
  std::vector<std::string> out;
  for (size_t m = 0; m < count; ++m) out.push_back("model " + std::to_string(m));
  return out;
}

ExperimentResult sample(const Ranks& ranks) {
  return sample_result(ranks, labels(ranks.size()));
}

// The largest upper end of the axes "x" or "y" in a script.
double axis_end(const std::string& script, const std::string& axis) {
  const std::regex range("set " + axis + "range \\[0:([0-9.]+)\\]");
  double end = -1;
  for (std::sregex_iterator at(script.begin(), script.end(), range), none; at != none; ++at)
    end = std::max(end, std::stod((*at)[1]));
  return end;
}

TEST(FigureAxes, FitTheDataAndEndAtHundred) {
  EXPECT_EQ(percent_axis_end(100), 100);
  EXPECT_EQ(percent_axis_end(99), 100);
  EXPECT_DOUBLE_EQ(percent_axis_end(50), 52);
  EXPECT_DOUBLE_EQ(percent_axis_end(0.02), 0.0208);
  EXPECT_EQ(percent_axis_end(0), 1);

  const ExperimentResult perfect = sample({std::vector<int64_t>(40, 1)});
  EXPECT_EQ(axis_end(accuracy_figure(perfect).script, "y"), 100);
  EXPECT_EQ(axis_end(scores_figure(perfect).script, "y2"), 100);
  EXPECT_EQ(axis_end(ranks_figure(perfect).script, "y"), 100);

  std::vector<int64_t> few(1000, 900);  // 2 % found
  std::fill(few.begin(), few.begin() + 20, 1);
  const ExperimentResult low = sample({few});
  const double highest =
      100 * metric_interval(low.models[0].metrics.text_to_image, Metric::accuracy)->high;
  EXPECT_LT(highest, 5);
  EXPECT_NEAR(axis_end(scores_figure(low).script, "y2"), 1.04 * highest, 1e-3);
  EXPECT_NEAR(axis_end(accuracy_figure(low).script, "y"), 1.04 * std::max(5.0, highest), 1e-3);

  const ExperimentResult zeros = sample({std::vector<int64_t>(100, 100)});
  EXPECT_NEAR(axis_end(accuracy_figure(zeros).script, "y"), 52, 1e-6);  // chance at K = 50
  EXPECT_NEAR(axis_end(scores_figure(zeros).script, "y2"), 5.2, 1e-6);
}

TEST(FigureAxes, OfScoreAndAccuracyHaveTheSameScale) {
  for (const size_t captions : {1u, 9u, 250u}) {
    std::vector<int64_t> ranks(captions, 1);
    ranks.back() = static_cast<int64_t>(captions);
    const std::string script = scores_figure(sample({ranks, ranks})).script;
    EXPECT_NEAR(axis_end(script, "y"), axis_end(script, "y2") / 100 * static_cast<double>(captions),
                1e-4);
  }
  std::vector<int64_t> one(1, 1);
  EXPECT_NE(scores_figure(sample({one})).script.find("set ytics 0,1\n"), std::string::npos);
}

TEST(FigureAxes, ShowTheChanceLevel) {
  const ExperimentResult result = sample({std::vector<int64_t>(100, 1)});
  const std::string accuracy = accuracy_figure(result).script;
  for (const char* block : {"$chance_text << EOD\n1 1.0000\n2 2.0000\n",
                            "$chance_image << EOD\n1 1.0000\n2 2.0000\n", "\n50 50.0000\nEOD\n"})
    EXPECT_NE(accuracy.find(block), std::string::npos) << block;
  EXPECT_NE(scores_figure(result).script.find("set arrow from graph 0, second 5.00000"),
            std::string::npos);
  EXPECT_NE(ranks_figure(result).script.find("1.54 3.0000 0.92"), std::string::npos);  // 3-5
  for (const Figure& figure :
       {accuracy_figure(result), scores_figure(result), ranks_figure(result)})
    EXPECT_NE(figure.caption.find("chance level"), std::string::npos) << figure.name;
}

TEST(FigureAxes, OfKEndAtTheNumberOfCandidates) {
  const std::string many = accuracy_figure(sample({std::vector<int64_t>(100, 1)})).script;
  EXPECT_NE(many.find("set xrange [0.5:50.5]\nset xtics (1, 5, 10, 20, 30, 40, 50)\n"),
            std::string::npos);
  EXPECT_NE(many.find("'K = 5'"), std::string::npos);
  const Figure few = accuracy_figure(sample({{1, 2, 3}}));
  EXPECT_NE(few.script.find("set xrange [0.5:3.5]\nset xtics (1, 2, 3)\n"), std::string::npos);
  EXPECT_EQ(few.script.find("'K = 5'"), std::string::npos);
  EXPECT_NE(few.caption.find("K = 1 to 3"), std::string::npos);
}

// The position of the values of a model in the figure of scores.
std::string position(const std::string& script, size_t model) {
  const std::regex label("set label [^\n]*at first " + std::to_string(model) +
                         ", second [0-9.]+ ([^\n]*) font");
  std::smatch match;
  return std::regex_search(script, match, label) ? match[1].str() : "";
}

// Ranks of 1000 queries with an accuracy of `percent`.
std::vector<int64_t> with_accuracy(size_t percent) {
  std::vector<int64_t> ranks(1000, 1000);
  std::fill_n(ranks.begin(), 10 * percent, 1);
  return ranks;
}

TEST(FigureScores, ValuesAvoidTheCurve) {
  std::vector<std::vector<int64_t>> ranks;
  for (const size_t percent : {50, 52, 90, 30, 80, 95, 2, 95})
    ranks.push_back(with_accuracy(percent));
  const std::string script = scores_figure(sample(ranks)).script;
  EXPECT_EQ(position(script, 0), "center offset 0,1.5");
  EXPECT_EQ(position(script, 1), "right offset 0,1.5");     // rises to the right
  EXPECT_EQ(position(script, 2), "center offset 0,1.5");    // a peak
  EXPECT_EQ(position(script, 3), "center offset 0,-0.8");   // a valley
  EXPECT_EQ(position(script, 6), "right offset -1.5,0.5");  // a valley without room below
  EXPECT_EQ(position(script, 7), "center offset 0,1.5");
}

TEST(FigureAccuracyAtK, HasBandsIfThereAreIntervals) {
  ExperimentResult result = sample({std::vector<int64_t>(60, 3), std::vector<int64_t>(60, 20)});
  const Figure with = accuracy_figure(result);
  EXPECT_NE(with.script.find("$image1 using 1:3:4 with filledcurves"), std::string::npos);
  EXPECT_NE(with.script.find("$text0 << EOD\n1 0.0000 0.0000 0.0000\n2 0.0000 0.0000 0.0000\n3 "
                             "100.0000 100.0000 100.0000\n"),
            std::string::npos);
  EXPECT_NE(with.caption.find("95 % intervals as bands"), std::string::npos);
  result.statistics.resamples = 0;
  for (ModelResult& model : result.models) {
    for (int v = 0; v < kViewCount; ++v)
      metrics_of(model.metrics, static_cast<View>(v)).accuracy_at_k_intervals.clear();
  }
  const Figure without = accuracy_figure(result);
  EXPECT_EQ(without.script.find("filledcurves"), std::string::npos);
  EXPECT_EQ(without.caption.find("intervals"), std::string::npos);
}

TEST(FigureAxes, OfSimilaritiesStayWithinTheCosine) {
  const ExperimentResult result = sample({std::vector<int64_t>(20, 1)});  // all similarities 1
  const std::string script = similarity_figure(result).script;
  EXPECT_NE(script.find("set xrange [0.990000:1.000000]"), std::string::npos);
}

// CIELAB coordinates of "'#RRGGBB'" as seen with a color vision deficiency (Machado, Oliveira and
// Fernandes 2009, severity 1).
using Matrix3 = std::array<std::array<double, 3>, 3>;
std::array<double, 3> seen_color(const std::string& quoted, const Matrix3& deficiency) {
  std::array<double, 3> linear{}, seen{};
  for (size_t c = 0; c < 3; ++c) {
    const double value = std::stoi(quoted.substr(2 + 2 * c, 2), nullptr, 16) / 255.0;
    linear[c] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  for (size_t r = 0; r < 3; ++r) {
    for (size_t c = 0; c < 3; ++c) seen[r] += deficiency[r][c] * linear[c];
    seen[r] = std::clamp(seen[r], 0.0, 1.0);
  }
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047),
               y = f(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]),
               z = f((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

TEST(FigureColors, AreDistinguishableWithColorVisionDeficiencies) {
  const Matrix3 deficiencies[] = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
                                  {{{0.367322, 0.860646, -0.227968},
                                    {0.280085, 0.672501, 0.047413},
                                    {-0.011820, 0.042940, 0.968881}}},
                                  {{{0.152286, 1.052583, -0.204868},
                                    {0.114503, 0.786281, 0.099216},
                                    {-0.003882, -0.048116, 1.051998}}},
                                  {{{1.255528, -0.076749, -0.178779},
                                    {-0.078411, 0.930809, 0.147602},
                                    {0.004733, 0.691367, 0.303900}}}};
  for (const Matrix3& deficiency : deficiencies) {
    for (size_t i = 0; i < 8; ++i) {
      for (size_t j = 0; j < i; ++j) {
        const auto a = seen_color(figure_color(i), deficiency),
                   b = seen_color(figure_color(j), deficiency);
        EXPECT_GT(std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), 15) << i << " and " << j;
        EXPECT_NE(figure_point(i), figure_point(j));
      }
    }
  }
}

TEST(FigureNoise, KindsWithoutAnEffectBecomeASentence) {
  ExperimentResult result = sample({std::vector<int64_t>(20, 1), std::vector<int64_t>(20, 3)});
  const std::vector<NoiseKind> kinds = {NoiseKind::typos, NoiseKind::dropped_words,
                                        NoiseKind::upper_case, NoiseKind::title_case};
  add_noise_points(result, kinds, {0.5, 0.75, 1, 1});
  const auto groups = noise_groups(result);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_FALSE(groups[0].unchanged);
  EXPECT_TRUE(groups[2].unchanged);
  EXPECT_EQ(groups[2].kinds, (std::vector{NoiseKind::upper_case, NoiseKind::title_case}));
  const Figure figure = *noise_figure(result);
  const std::string sentence =
      "UPPER CASE and Title Case change nothing: all figures equal those of the clean captions.";
  EXPECT_NE(figure.caption.find(sentence), std::string::npos);
  EXPECT_NE(figure.script.find(sentence), std::string::npos);
  EXPECT_EQ(figure.script.find("set title 'UPPER CASE"), std::string::npos);
  EXPECT_NE(figure.script.find("set title 'typos'"), std::string::npos);
  EXPECT_NE(figure.script.find("set title 'words dropped'"), std::string::npos);
}

TEST(FigureNoise, KindsWithTheSameFiguresShareAPanel) {
  ExperimentResult result = sample({std::vector<int64_t>(20, 1)});
  add_noise_points(result, {NoiseKind::typos, NoiseKind::dropped_words}, {0.5, 0.5});
  const Figure figure = *noise_figure(result);
  EXPECT_NE(figure.caption.find("typos and words dropped have the same figures."),
            std::string::npos);
  EXPECT_NE(figure.script.find("set title 'typos and words dropped'"), std::string::npos);
  // One model that reacts differently separates them.
  ExperimentResult two = sample({std::vector<int64_t>(20, 1), std::vector<int64_t>(20, 2)});
  add_noise_points(two, {NoiseKind::typos, NoiseKind::dropped_words}, {0.5, 0.5});
  two.models[1].robustness->points[3].accuracy.value = 0.25;
  EXPECT_EQ(noise_groups(two).size(), 2u);
  EXPECT_EQ(noise_groups_text(two), "");
}

TEST(FigureNoise, OnePanelRemainsIfNothingChanges) {
  ExperimentResult result = sample({std::vector<int64_t>(20, 20)});
  add_noise_points(result, {NoiseKind::typos, NoiseKind::upper_case}, {1, 1});
  EXPECT_EQ(shown_noise_groups(result).size(), 1u);
  EXPECT_NE(noise_figure(result)->script.find("set title 'typos and UPPER CASE'"),
            std::string::npos);
}

// Every value is printed, also where a point is at the end of its axis.
TEST(Figures, PrintEveryValueOfFewQueriesAndOfExtremes) {
  try {
    require_gnuplot();
  } catch (const Error&) {
    GTEST_SKIP() << "gnuplot is not installed (Debian: gnuplot-nox)";
  }
  std::string name = (fs::temp_directory_path() / "sl_figures_XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  struct Case {
    Ranks ranks;
    const char* accuracy;
  };
  const Case cases[] = {{{{1}}, ">100.0 %<"},
                        {{{1, 2, 3}, {3, 3, 3}}, ">100.0 %<"},
                        {Ranks(8, std::vector<int64_t>(10, 10)), ">0.0 %<"},
                        {Ranks(4, std::vector<int64_t>(50, 1)), ">100.0 %<"}};
  for (const Case& c : cases) {
    ExperimentResult result = sample(c.ranks);
    if (c.ranks.size() == 1) {
      add_noise_points(result, {NoiseKind::typos}, {0.5});
      EXPECT_EQ(draw_figures(figures_of(result), folder).size(), 5u);
    } else {
      run_gnuplot(folder, "scores", scores_figure(result).script);
    }
    const std::string svg = read_text_file(folder / "scores.svg");
    size_t printed = 0;
    for (size_t at = svg.find(c.accuracy); at != svg.npos; at = svg.find(c.accuracy, at + 1))
      ++printed;
    EXPECT_EQ(printed, c.ranks.size()) << c.accuracy;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sightline
