#include "report/figures.h"

#include <algorithm>
#include <cmath>

#include "report/density.h"
#include "report/fonts.h"
#include "report/gnuplot.h"
#include "report/text.h"

namespace sightline {
namespace {

// Distinguishable with any colour vision (after Okabe and Ito); repeats after eight.
constexpr const char* kColors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                   "#E69F00", "#56B4E9", "#7A5195", "#4D4D4D"};

// Where two models' curves are the same, the dashes drawn later leave the earlier line visible.
const char* dashes(size_t i) {
  constexpr const char* kDashes[] = {"solid", "'-'", "'.'", "'_.'", "'_'"};
  return kDashes[i % std::size(kDashes)];
}

// A density estimate says something of some ten values that differ; of fewer, the bars say all.
bool worth_a_curve(const std::vector<double>& values) {
  constexpr size_t kFewest = 10;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return values.size() >= kFewest && *low < *high;
}

std::string color(size_t i) { return figure_color(i); }

constexpr size_t kLegendWidth = 48;  // characters of a name

std::string count_text(int64_t value) { return std::to_string(value); }

const char* kAxes =
    "set border 3 lc rgb '#444444'\n"
    "set tics nomirror out textcolor rgb '#222222'\n"
    "set grid ytics lc rgb '#dddddd' lt 1 lw 1\n";

std::string legend_name(const ModelResult& model) {
  return gnuplot_text(shorten(drawable_text(model.label), kLegendWidth));
}

// The legend under a figure: as many columns as its names leave room for.
int legend_rows(const ExperimentResult& result, int width) {
  size_t longest = 0;
  for (const auto& model : result.models) {
    longest = std::max(longest, std::min(code_point_count(plain_text(model.label)), kLegendWidth));
  }
  const int columns = std::max(1, width / (70 + 9 * static_cast<int>(longest)));
  return (static_cast<int>(result.models.size()) + columns - 1) / columns;
}

// Places the legend and leaves room for it below the axis. `room` is what the axis's own text needs.
std::string legend_below(double center, int rows, int room, int height) {
  return "set key at screen " + decimal(center, 4) + ", screen " + decimal(8.0 / height, 4) +
         " center bottom vertical Left reverse samplen 2 spacing 1.1 maxrows " + std::to_string(rows) +
         "\nset bmargin at screen " + decimal((room + 22.0 * rows) / height, 4) + "\n";
}

std::string block(const std::string& name, const Curve& curve) {
  std::string out = "$" + name + " << EOD\n";
  for (size_t i = 0; i < curve.x.size(); ++i) {
    out += decimal(curve.x[i], 6) + " " + decimal(curve.y[i], 6) + "\n";
  }
  return out + "EOD\n";
}

// The next of 1, 2, 2.5, 5 times a power of ten that is not below `value`.
double nice_step(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (step * power >= value * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

std::string title(const std::string& text) {
  return "set title " + gnuplot_text(text) + " font 'Sans,15' offset 0,0.4\n";
}

std::string dataset_text(const ExperimentResult& result) {
  const std::filesystem::path path = result.dataset;
  const std::string name = path.filename().empty() ? path.parent_path().filename().string()
                                                   : path.filename().string();
  return shorten(drawable_text(name), 40);
}

}  // namespace

std::string figure_color(size_t i) {
  return std::string("'") + kColors[i % std::size(kColors)] + "'";
}

std::string script_for_both(const std::string& name, int width, int height, const std::string& data,
                            const std::string& drawing) {
  const std::string size = std::to_string(width) + "," + std::to_string(height);
  const std::string look = "set encoding utf8\n";
  return look + data + "set terminal pngcairo noenhanced size " + size +
         " font 'Sans,12' background '#ffffff'\nset output '" + name + ".png'\n" + drawing +
         "unset output\nreset\nset terminal svg noenhanced size " + size +
         " font 'Sans,12' background '#ffffff'\nset output '" + name + ".svg'\n" + drawing +
         "unset output\n";
}

Figure similarity_figure(const ExperimentResult& result) {
  std::vector<const std::vector<double>*> sets;
  for (const auto& model : result.models) sets.push_back(&model.ranks.own_similarity);
  const Range range = common_range(sets);
  const int bins = histogram_bins(sets, range);
  std::string data, plot;
  for (size_t m = 0; m < sets.size(); ++m) {
    const std::string id = std::to_string(m);
    const Curve bars = histogram(*sets[m], range.low, range.high, bins);
    if (bars.x.empty()) continue;
    data += block("bars" + id, bars);
    const bool curve = worth_a_curve(*sets[m]);
    if (curve) data += block("curve" + id, density_curve(*sets[m], range.low, range.high, 400));
    const std::string width = decimal((range.high - range.low) / bins, 6);
    if (!plot.empty()) plot += ", \\\n  ";
    plot += "$bars" + id + " using 1:2:(" + width + ") with boxes fs transparent solid 0.28 noborder lc rgb " +
            color(m) + (curve ? " notitle, \\\n  $curve" + id + " using 1:2 with lines lw 2.5 dt " +
                                dashes(m) + " lc rgb " + color(m)
                          : "") +
            " title " + legend_name(result.models[m]);
  }
  if (plot.empty()) plot = "NaN notitle";
  std::string drawing = kAxes;
  drawing += title("Similarity of each caption with its own picture (" + dataset_text(result) + ", " +
                   count_text(static_cast<int64_t>(result.text_row.size())) +
                   (result.text_row.size() == 1 ? " pair)" : " pairs)"));
  drawing += "set xlabel 'cosine similarity'\nset ylabel 'density (share of pairs per unit of similarity)'\n";
  const int rows = legend_rows(result, 1000), height = 560 + 22 * rows;
  drawing += legend_below(0.5, rows, 72, height);
  drawing += "set xrange [" + decimal(range.low, 6) + ":" + decimal(range.high, 6) + "]\nset yrange [0:*]\n";
  drawing += "plot " + plot + "\n";
  return {"similarity",
          "Cosine similarity of each caption with its own picture: histogram (bars) and Gaussian "
          "kernel density (lines).",
          script_for_both("similarity", 1000, height, data, drawing)};
}

Figure scores_figure(const ExperimentResult& result) {
  double top_score = 0, top_accuracy = 0;
  std::string data = "$models << EOD\n", tics;
  const size_t wrap = std::clamp<size_t>(100 / std::max<size_t>(1, result.models.size()), 14, 40);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const DirectionMetrics& d = result.models[m].metrics.text_to_image;
    top_score = std::max(top_score, static_cast<double>(d.score));
    top_accuracy = std::max(top_accuracy, 100 * d.accuracy);
    data += std::to_string(m) + " " + std::to_string(d.score) + " " + decimal(100 * d.accuracy, 3) + "\n";
    if (m > 0) tics += ", ";
    tics += gnuplot_wrapped(drawable_text(result.models[m].label), wrap) + " " + std::to_string(m);
  }
  data += "EOD\n";
  // Score and accuracy are one number in two units. The axes are scaled so that the two lines run
  // apart instead of on top of each other.
  const double left = std::max(1.0, top_score) * 1.5, right = (top_accuracy > 0 ? top_accuracy : 1.0) * 1.15;
  const std::string k = std::to_string(result.top_k);
  const std::string n = count_text(result.models.empty() ? 0 : result.models[0].metrics.text_to_image.queries);
  std::string drawing = "set border 11 lc rgb '#444444'\nset grid ytics lc rgb '#dddddd' lt 1 lw 1\n";
  drawing += title("Own picture among the top " + k + " (" + dataset_text(result) + ", " + n +
                   " captions, " + count_text(static_cast<int64_t>(result.rows.size())) + " pictures)");
  drawing += "set xtics out nomirror font 'Sans,10' (" + tics + ")\nset xrange [-0.5:" +
             decimal(static_cast<double>(result.models.size()) - 0.5, 1) + "]\n";
  drawing += "set ylabel 'score (captions found, of " + n + ")' textcolor rgb " + color(0) + "\n";
  drawing += "set y2label 'accuracy (% of captions)' textcolor rgb " + color(1) + "\n";
  drawing += "set ytics nomirror out textcolor rgb " + color(0) + " 0," + decimal(std::max(1.0, nice_step(left / 8)), 2) + "\n";
  drawing += "set y2tics out textcolor rgb " + color(1) + " 0," + decimal(nice_step(right / 6), 4) + "\n";
  // Room below zero for the numbers under the points; both zeros stand at the same height.
  drawing += "set yrange [" + decimal(-0.1 * left, 4) + ":" + decimal(left, 4) + "]\nset y2range [" +
             decimal(-0.1 * right, 4) + ":" + decimal(right, 4) + "]\n";
  drawing += "set bmargin at screen 0.19\nset key at screen 0.5, screen 0.015 center bottom horizontal "
             "Left reverse samplen 3\nset style textbox opaque noborder fillcolor '#ffffff' margins 0.3,0.1\n";
  drawing += "plot $models using 1:2 axes x1y1 with linespoints pt 7 ps 1.2 lw 2.5 lc rgb " + color(0) +
             " title 'score (left axis)', \\\n  $models using 1:3 axes x1y2 with linespoints pt 5 ps 1.2 lw 2.5 dt 2 lc rgb " +
             color(1) + " title 'accuracy (right axis)', \\\n  $models using 1:2:(sprintf('%d',int($2))) axes x1y1 with labels boxed offset 0,-1.1 textcolor rgb " +
             color(0) + " notitle, \\\n  $models using 1:3:(sprintf('%.1f %%',$3)) axes x1y2 with labels boxed offset 0,1.0 textcolor rgb " +
             color(1) + " notitle\n";
  return {"scores",
          "Score (captions whose own picture is among the top " + k + ") and accuracy (score / captions) of each model.",
          script_for_both("scores", 1000, 580, data, drawing)};
}

namespace {

std::string recall_panel(const ExperimentResult& result, bool text_to_image, bool legend) {
  std::string plot;
  const auto count = static_cast<double>(result.models.size());
  const double width = 0.8 / std::max(1.0, count);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const std::string offset = decimal((static_cast<double>(m) - (count - 1) / 2) * width, 5);
    const std::string bars = "$recall" + std::to_string(m) + " using ($1+(" + offset + ")):" +
                             (text_to_image ? "2" : "3");
    if (m > 0) plot += ", \\\n  ";
    plot += bars + ":(" + decimal(width * 0.92, 5) + ") with boxes fs solid 0.9 noborder lc rgb " + color(m) +
            (legend ? " title " + legend_name(result.models[m]) : std::string(" notitle"));
    // Past four models the numbers would run into each other: they stand upright then.
    plot += ", \\\n  " + bars + ":(sprintf('%.1f'," + (text_to_image ? "$2" : "$3") + ")) with labels " +
            (count > 3 ? "rotate by 90 left offset 0,0.3 font 'Sans,9'" : "offset 0,0.6 font 'Sans,10'") + " notitle";
  }
  return "plot " + plot + "\n";
}

}  // namespace

Figure recall_figure(const ExperimentResult& result) {
  std::string data;
  for (size_t m = 0; m < result.models.size(); ++m) {
    const auto& t = result.models[m].metrics.text_to_image;
    const auto& i = result.models[m].metrics.image_to_text;
    data += "$recall" + std::to_string(m) + " << EOD\n";
    data += "0 " + decimal(100 * t.recall_at_1, 3) + " " + decimal(100 * i.recall_at_1, 3) + "\n";
    data += "1 " + decimal(100 * t.recall_at_5, 3) + " " + decimal(100 * i.recall_at_5, 3) + "\n";
    data += "2 " + decimal(100 * t.recall_at_10, 3) + " " + decimal(100 * i.recall_at_10, 3) + "\nEOD\n";
  }
  const int rows = legend_rows(result, 1100), height = 540 + 22 * rows;
  std::string drawing = kAxes;
  drawing += "set multiplot title " +
             gnuplot_text("Recall (" + dataset_text(result) + ", " +
                          count_text(static_cast<int64_t>(result.text_row.size())) + " captions, " +
                          count_text(static_cast<int64_t>(result.rows.size())) + " pictures)") +
             " font 'Sans,15'\n";
  drawing += "set yrange [0:112]\nset ytics 0,20,100\nset xrange [-0.6:2.6]\n";
  drawing += "set xtics ('R@1' 0, 'R@5' 1, 'R@10' 2)\nset ylabel 'recall (% of queries)'\n";
  drawing += "set tmargin at screen 0.85\n" + legend_below(0.53, rows, 54, height);
  drawing += "set lmargin at screen 0.075\nset rmargin at screen 0.515\nset title 'text → picture' font 'Sans,13'\n";
  drawing += recall_panel(result, true, true);
  drawing += "unset key\nset lmargin at screen 0.555\nset rmargin at screen 0.985\nunset ylabel\nset format y ''\n";
  drawing += "set title 'picture → text' font 'Sans,13'\n" + recall_panel(result, false, false);
  drawing += "unset multiplot\n";
  return {"recall",
          "Share of queries with a right answer among the first 1, 5 and 10, in both directions.",
          script_for_both("recall", 1100, height, data, drawing)};
}

std::vector<Figure> draw_figures(const ExperimentResult& result,
                                 const std::filesystem::path& directory) {
  std::vector<Figure> figures = {similarity_figure(result), scores_figure(result), recall_figure(result)};
  for (const Figure& figure : figures) run_gnuplot(directory, figure.name, figure.script);
  return figures;
}

}  // namespace sightline
