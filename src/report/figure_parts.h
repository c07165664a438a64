// Parts shared by the figures: colors, axes, legends, panel layout.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <string>
#include <vector>

#include "report/density.h"

namespace sightline {

// Room above a panel for the values of bars that reach its top.
constexpr int kValueRoom = 40;

constexpr const char* kFigureAxes =
    "set border 3 lc rgb '#444444'\n"
    "set tics nomirror out scale 0.6 textcolor rgb '#222222'\nset format '%g'\n"
    "set grid ytics lc rgb '#dddddd' lt 1 lw 1\n";

// Line styles of intervals, and of the line at chance level.
constexpr const char* kIntervalStyle = " lc rgb '#222222' lw 1.3 pt 0";
constexpr const char* kChanceStyle = " lc rgb '#777777' lw 1.3 dt 3";

// The label of a model as a gnuplot string; long labels are shortened in the middle.
std::string legend_name(const ModelResult& model, size_t width = 48);

// The style of the bars of the i-th model: light, so that intervals and points on them are visible.
std::string bar_style(size_t i);

// The point type " pt N" of the i-th model: models differ by shape as well as by color. Shapes
// repeat after eight.
std::string figure_point(size_t i);

// The dash type "dt ..." of the i-th model. If two curves coincide, the gaps of the later one leave
// the earlier one visible.
std::string figure_dashes(size_t i);

// Number of legend rows for the labels of all models in a figure of `width` pixels.
int legend_rows(const ExperimentResult& result, int width);

// Places the legend at the bottom of a figure of `height` pixels. `center` is its horizontal
// center, 0 to 1.
std::string legend_key(double center, int rows, int height);

// A gnuplot data block.
std::string data_block(const std::string& name, const Curve& curve);

// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value`.
double nice_step(double value);

// The upper end of an axis of percentages that begins at 0: a little above `highest`, at most 100.
double percent_axis_end(double highest);

// The commands for an axis ("x", "y", "y2") from 0 to `end`, with about `tics` tics at round
// numbers.
std::string axis_from_zero(const char* axis, double end, int tics);

// The chance level at each of the bars 0, 1, … in percent, as a data block, and the command that
// plots it as a dotted line across each bar.
std::string chance_block(const std::string& name, const std::vector<double>& percent);
std::string chance_plot(const std::string& name);

std::string multiplot_title(const std::string& text);

// The name and size of the data set: "emoji, 833 captions, 833 images".
std::string dataset_text(const ExperimentResult& result);

// The interval of a metric. Without an interval, both bounds are the value itself.
struct MetricInterval {
  double low = 0, high = 0;
  bool known = false;
};
MetricInterval interval_of(const DirectionMetrics& metrics, Metric metric);

// Number of decimals for values on an axis of percentages from 0 to `axis_end`.
int decimals_for(double axis_end);

// The note on intervals in the caption of a figure: ", with 95 % intervals", or nothing.
std::string interval_note(const ExperimentResult& result);

// A grid of equal panels, row by row from the top left. Sizes are in pixels.
struct Panels {
  int count = 1, columns = 1;
  int width = 1000, panel_height = 240;
  int left = 80, right = 24;  // outer margins
  int top = 84, bottom = 72;
  int gap_x = 70, gap_y = 74;  // between panels

  int rows() const { return (count + columns - 1) / columns; }
  int height() const { return top + bottom + rows() * panel_height + (rows() - 1) * gap_y; }
  bool in_first_column(int i) const { return i % columns == 0; }
  // Whether there is no panel below panel i.
  bool in_last_row(int i) const { return i + columns >= count; }
  // The gnuplot commands that set the margins of panel i.
  std::string margins(int i) const;
};

// Number of columns for one panel per model.
int columns_for_models(size_t models);

// Returns a script that draws NAME.png and NAME.svg. `data`: gnuplot data blocks; `drawing`: the
// plot commands. Width and height are in pixels.
std::string script_for_both(const std::string& name, int width, int height, const std::string& data,
                            const std::string& drawing);

// The i-th colour, in gnuplot quotes. Colours are colour-blind safe and repeat after eight.
std::string figure_color(size_t i);

}  // namespace sightline
