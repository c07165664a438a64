// Quality against cost: one panel per data set, one point per model.
#include "report/deployment/figure.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/figure_parts.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

std::vector<double> costs_of(const Deployment& d) {
  std::vector<double> costs;
  for (const DeploymentRow& row : d.rows)
    costs.push_back(d.price_per_hour && *d.price_per_hour > 0 ? *cost_per_million(d, row)
                                                              : hours_per_million(row));
  return costs;
}

std::string block_name(size_t panel, size_t model) {
  return "$quality" + std::to_string(panel) + "x" + std::to_string(model);
}

// Cost, quality in percent and its interval.
std::string point_block(const QualityColumn& quality, const std::vector<double>& costs,
                        size_t panel, size_t m) {
  const double share = quality.shares[m];
  const Interval interval = quality.intervals[m].value_or(Interval{share, share});
  return block_name(panel, m) + " << EOD\n" + decimal(costs[m], 9) + " " + decimal(100 * share, 4) +
         " " + decimal(100 * interval.low, 4) + " " + decimal(100 * interval.high, 4) + "\nEOD\n";
}

// The models than which none is both cheaper and at least as good, by cost.
std::string front_block(const QualityColumn& quality, const std::vector<double>& costs,
                        size_t panel) {
  std::vector<size_t> order(costs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) {
    return std::pair(costs[a], -quality.shares[a]) < std::pair(costs[b], -quality.shares[b]);
  });
  std::string data = "$front" + std::to_string(panel) + " << EOD\n";
  double best = -1;
  for (const size_t m : order) {
    if (quality.shares[m] <= best) continue;
    best = quality.shares[m];
    data += decimal(costs[m], 9) + " " + decimal(100 * best, 4) + "\n";
  }
  return data + "EOD\n";
}

constexpr const char* kFrontTitle = "no other is both better and cheaper";

std::string panel_plot(const Deployment& d, size_t panel, bool legend) {
  const std::string front = "$front" + std::to_string(panel);
  std::string plot = "plot " + front + " using 1:2 with lines lw 1.2 dt 2 lc rgb '#888888'" +
                     (legend ? " title " + gnuplot_text(kFrontTitle) : " notitle");
  for (size_t m = 0; m < d.rows.size(); ++m) {
    const std::string block = block_name(panel, m), color = " lc rgb " + figure_color(m);
    plot += ", \\\n  " + block + " using 1:2:3:4 with yerrorbars lw 1.3 pt 0" + color +
            " notitle, \\\n  " + block + " using 1:2 with points ps 1.4" + figure_point(m) + color +
            (legend ? " title " + gnuplot_text(shorten(drawable_text(d.rows[m].label), 48))
                    : " notitle");
  }
  return plot + "\n";
}

// A logarithmic axis with room at both ends, and tics at 1, 2 and 5 times powers of ten, or at more
// multiples where it is short.
std::string cost_axis(const std::vector<double>& costs) {
  const auto [least, most] = std::ranges::minmax(costs);
  const double low = least / 1.6, high = most * 1.6;
  std::string tics;
  for (double power = std::pow(10.0, std::floor(std::log10(low))); power <= high; power *= 10) {
    for (const double step : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0}) {
      if (high / low > 12 && step != 1 && step != 2 && step != 5) continue;
      const double at = step * power;
      if (at < low || at > high) continue;
      const int decimals =
          std::max(0, (step == 1.5 ? 1 : 0) - static_cast<int>(std::floor(std::log10(at) + 1e-9)));
      tics += (tics.empty() ? "'" : ", '") + decimal(at, decimals) + "' " + decimal(at, 9);
    }
  }
  return "set logscale x\nset xrange [" + decimal(low, 9) + ":" + decimal(high, 9) +
         "]\nset xtics (" + tics + ")\n";
}

int rows_of_legend(const Deployment& d, int width) {
  size_t longest = text_width(kFrontTitle);
  for (const DeploymentRow& row : d.rows)
    longest = std::max(longest, std::min<size_t>(48, text_width(drawable_text(row.label))));
  const int columns = std::max(1, width / (70 + 9 * static_cast<int>(longest)));
  return (static_cast<int>(d.rows.size()) + 1 + columns - 1) / columns;
}

}  // namespace

Figure deployment_figure(const Deployment& d, const std::vector<QualityColumn>& quality) {
  const std::vector<double> costs = costs_of(d);
  const bool priced = d.price_per_hour && *d.price_per_hour > 0;
  const std::string unit = priced ? plain_text(d.currency) : "hours";
  Panels panels;
  panels.count = static_cast<int>(quality.size());
  panels.columns = std::min(panels.count, 2);
  panels.width = panels.columns == 1 ? 800 : 1100;
  panels.panel_height = 300;
  panels.gap_x = 90;
  panels.gap_y = 104;  // the label of an axis, and the title of the panel below
  const int rows = rows_of_legend(d, panels.width);
  panels.bottom = 76 + 22 * rows;
  std::string data, drawing = std::string(kFigureAxes) +
                              multiplot_title("Quality against the cost of 10⁶ images") +
                              cost_axis(costs) + legend_key(0.5, rows, panels.height());
  for (size_t p = 0; p < quality.size(); ++p) {
    const QualityColumn& column = quality[p];
    double highest = 0;
    for (size_t m = 0; m < column.shares.size(); ++m) {
      data += point_block(column, costs, p, m);
      highest =
          std::max(highest, 100 * column.intervals[m].value_or(Interval{0, column.shares[m]}).high);
    }
    data += front_block(column, costs, p);
    const int at = static_cast<int>(p);
    drawing += panels.margins(at) + axis_from_zero("y", highest > 0 ? 1.06 * highest : 1, 5) +
               "set ylabel '" + column.metric + " (%)'\n" +
               (column.dataset.empty()
                    ? ""
                    : "set title " + gnuplot_text(shorten(drawable_text(column.dataset), 50)) +
                          " font 'Sans,13'\n") +
               "set xlabel " + gnuplot_text(unit + " per 10⁶ images") + "\n" +
               panel_plot(d, p, p == 0) + "unset key\n";
  }
  return {"deployment",
          "Quality of each model, with its interval, against the " +
              (priced ? "price in " + unit : std::string("hours")) +
              " of encoding a million images on this machine (" + d.processor + ", " +
              std::to_string(d.threads) + " threads).",
          script_for_both("deployment", panels.width, panels.height(), data,
                          drawing + "unset multiplot\n")};
}

}  // namespace sightline
