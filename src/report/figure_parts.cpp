#include "report/figure_parts.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

#include "base/text.h"
#include "report/figures.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

// After Okabe and Ito, with a dark red instead of yellow, which is hard to see on white. The
// smallest difference of two colors is 16 (CIE 1976) with any of the three color vision
// deficiencies.
constexpr const char* kColors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                   "#E69F00", "#56B4E9", "#882255", "#000000"};

// Filled and open circle, square, triangle, diamond and so on, in an order that alternates shapes.
constexpr int kPoints[] = {7, 5, 9, 13, 11, 6, 4, 8};

constexpr size_t kLegendWidth = 48;  // maximum label length in characters

std::string screen(double pixels, int total) {
  return decimal(pixels / total, 5);
}

}  // namespace

std::string figure_color(size_t i) {
  return std::string("'") + kColors[i % std::size(kColors)] + "'";
}

std::string bar_style(size_t i) {
  const std::string color = " lc rgb " + figure_color(i);
  return color + " fs transparent solid 0.45 border" + color;
}

std::string figure_point(size_t i) {
  return " pt " + std::to_string(kPoints[i % std::size(kPoints)]);
}

std::string figure_dashes(size_t i) {
  constexpr const char* kDashes[] = {"solid", "'-'", "'.'", "'_.'", "'_'"};
  return std::string(" dt ") + kDashes[i % std::size(kDashes)];
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

std::string legend_name(const ModelResult& model, size_t width) {
  return gnuplot_text(shorten(drawable_text(model.label), width));
}

int legend_rows(const ExperimentResult& result, int width) {
  size_t longest = 0;
  for (const auto& model : result.models) {
    longest = std::max(longest, std::min(text_width(drawable_text(model.label)), kLegendWidth));
  }
  const int columns = std::max(1, width / (70 + 9 * static_cast<int>(longest)));
  return (static_cast<int>(result.models.size()) + columns - 1) / columns;
}

std::string legend_key(double center, int rows, int height) {
  return "set key at screen " + decimal(center, 4) + ", screen " + screen(8, height) +
         " center bottom vertical Left reverse samplen 2 spacing 1.1 maxrows " +
         std::to_string(rows) + "\n";
}

std::string data_block(const std::string& name, const Curve& curve) {
  std::string out = "$" + name + " << EOD\n";
  for (size_t i = 0; i < curve.x.size(); ++i) {
    out += decimal(curve.x[i], 6) + " " + decimal(curve.y[i], 6) + "\n";
  }
  return out + "EOD\n";
}

double nice_step(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (step * power >= value * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

double percent_axis_end(double highest) {
  return highest > 0 ? std::min(100.0, highest * 1.04) : 1;
}

std::string axis_from_zero(const char* axis, double end, int tics) {
  return std::string("set ") + axis + "range [0:" + decimal(end, 6) + "]\nset " + axis + "tics 0," +
         decimal(nice_step(end / tics), 6) + "\n";
}

std::string chance_block(const std::string& name, const std::vector<double>& percent) {
  std::string data = "$" + name + " << EOD\n";
  for (size_t bar = 0; bar < percent.size(); ++bar)
    data +=
        decimal(static_cast<double>(bar) - 0.46, 2) + " " + decimal(percent[bar], 4) + " 0.92\n";
  return data + "EOD\n";
}

std::string chance_plot(const std::string& name) {
  return "$" + name + " using 1:2:3:(0) with vectors nohead" + kChanceStyle + " notitle";
}

std::string multiplot_title(const std::string& text) {
  return "set multiplot title " + gnuplot_text(text) + " font 'Sans,15'\n";
}

std::string dataset_text(const ExperimentResult& result) {
  const std::filesystem::path path = result.dataset;
  const std::string name =
      path.filename().empty() ? path.parent_path().filename().string() : path.filename().string();
  return shorten(drawable_text(name), 40) + ", " +
         counted(static_cast<int64_t>(result.text_row.size()), "caption") + ", " +
         counted(static_cast<int64_t>(result.rows.size()), "image");
}

MetricInterval interval_of(const DirectionMetrics& d, Metric metric) {
  const double value = metric_value(d, metric);
  const std::optional<Interval> interval = metric_interval(d, metric);
  if (!interval) return {value, value, false};
  return {interval->low, interval->high, true};
}

int decimals_for(double axis_end) {
  return axis_end >= 5 ? 1 : axis_end >= 0.5 ? 2 : 3;
}

std::string interval_note(const ExperimentResult& result) {
  if (result.statistics.resamples == 0) return "";
  return ", with " + percent_text(result.statistics.confidence) + " intervals";
}

std::string Panels::margins(int i) const {
  const int column = i % columns, row = i / columns, all = height();
  const double panel_width =
      static_cast<double>(width - left - right - (columns - 1) * gap_x) / columns;
  const double x = left + column * (panel_width + gap_x), y = top + row * (panel_height + gap_y);
  return "set lmargin at screen " + screen(x, width) + "\nset rmargin at screen " +
         screen(x + panel_width, width) + "\nset tmargin at screen " + screen(all - y, all) +
         "\nset bmargin at screen " + screen(all - y - panel_height, all) + "\n";
}

int columns_for_models(size_t models) {
  return models > 3 ? 2 : 1;
}

}  // namespace sightline
