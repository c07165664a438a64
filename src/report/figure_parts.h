// What the figures have in common: colours, axes, legends, panels side by side.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <string>

#include "report/density.h"

namespace sightline {

constexpr const char* kFigureAxes =
    "set border 3 lc rgb '#444444'\n"
    "set tics nomirror out scale 0.6 textcolor rgb '#222222'\nset format '%g'\n"
    "set grid ytics lc rgb '#dddddd' lt 1 lw 1\n";

// How thin lines of intervals look, and the dashed line where guessing would be.
constexpr const char* kIntervalStyle = " lc rgb '#222222' lw 1.3 pt 0";
constexpr const char* kChanceStyle = " lc rgb '#777777' lw 1.3 dt 3";

// A model's name as a gnuplot string, shortened in its middle.
std::string legend_name(const ModelResult& model, size_t width = 48);

// The line type "dt …" of the i-th model: where two curves are the same, the dashes drawn later
// leave the earlier line visible.
std::string figure_dashes(size_t i);

// Rows that a legend of the models' names takes under a figure of that width in pixels.
int legend_rows(const ExperimentResult& result, int width);

// Places the legend and leaves room for it below the axis. `room` is what the axis's own text
// needs.
std::string legend_below(double center, int rows, int room, int height);
std::string legend_key(double center, int rows, int height);

// A gnuplot data block.
std::string data_block(const std::string& name, const Curve& curve);

// The next of 1, 2, 2.5, 5 times a power of ten that is not below `value`.
double nice_step(double value);

std::string figure_title(const std::string& text);
std::string multiplot_title(const std::string& text);

// The data set's name, and how much of it took part: "emoji, 833 captions, 833 images".
std::string dataset_text(const ExperimentResult& result);

// The interval of a direction's figure; both ends are the figure itself where none was computed.
struct MetricInterval {
  double low = 0, high = 0;
  bool known = false;
};
MetricInterval interval_of(const DirectionMetrics& metrics, Metric metric);

// At most four decimals, without zeros at the end: "95", "99.9".
std::string short_decimal(double value);

// What a figure's caption says of its intervals: ", with 95 % intervals", or nothing.
std::string interval_note(const ExperimentResult& result);

// Equal panels, row by row from the top left, in a figure of `width` pixels.
struct Panels {
  int count = 1, columns = 1;
  int width = 1000, panel_height = 240;
  int left = 80, right = 24;  // around all
  int top = 84, bottom = 72;
  int gap_x = 70, gap_y = 74;  // between two

  int rows() const { return (count + columns - 1) / columns; }
  int height() const { return top + bottom + rows() * panel_height + (rows() - 1) * gap_y; }
  bool in_first_column(int i) const { return i % columns == 0; }
  // Whether no panel stands below this one.
  bool in_last_row(int i) const { return i + columns >= count; }
  // gnuplot's margins of panel i.
  std::string margins(int i) const;
};

// As many columns as suit so many models, one panel each.
int columns_for_models(size_t models);

// A script that draws the same into NAME.png and NAME.svg. `data`: gnuplot data blocks.
std::string script_for_both(const std::string& name, int width, int height, const std::string& data,
                            const std::string& drawing);

// A colour in gnuplot's quotes, distinguishable with any colour vision; repeats after eight.
std::string figure_color(size_t i);

}  // namespace sightline
