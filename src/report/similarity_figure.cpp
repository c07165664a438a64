// Distribution of each caption's similarity with its own image.
#include "report/similarity_figure.h"

#include <algorithm>

#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/text.h"

namespace sightline {
namespace {

// A density estimate needs at least ten values that are not all equal; otherwise only bars are
// drawn.
bool has_density_curve(const std::vector<double>& values) {
  constexpr size_t kMinValues = 10;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return values.size() >= kMinValues && *low < *high;
}

double highest_of(const Curve& curve) {
  return curve.y.empty() ? 0 : *std::max_element(curve.y.begin(), curve.y.end());
}

// Plots bars and curve of model m; appends their data blocks to `data`.
std::string panel_plot(const ModelResult& model, size_t m, const Range& range, int bins,
                       std::string& data) {
  const std::vector<double>& values = model.ranks.own_similarity;
  const Curve bars = histogram(values, range.low, range.high, bins);
  if (bars.x.empty()) {
    return axis_from_zero("y", 1, 4) +
           "set label 1 'no finite similarity' at graph 0.5, graph 0.5 center\nplot NaN notitle\n"
           "unset label 1\n";
  }
  const std::string id = std::to_string(m), color = figure_color(m);
  data += data_block("bars" + id, bars);
  double highest = highest_of(bars);
  std::string plot = "plot $bars" + id + " using 1:2:(" +
                     decimal((range.high - range.low) / bins, 6) +
                     ") with boxes fs transparent solid 0.3 noborder lc rgb " + color + " notitle";
  if (has_density_curve(values)) {
    const Curve curve = density_curve(values, range.low, range.high, 400);
    highest = std::max(highest, highest_of(curve));
    data += data_block("curve" + id, curve);
    plot += ", \\\n  $curve" + id + " using 1:2 with lines lw 2.5 lc rgb " + color + " notitle";
  }
  return axis_from_zero("y", highest * 1.05, 5) + plot + "\n";
}

std::string panel_title(const ModelResult& model, size_t name_width) {
  const SimilarityStats& s = model.metrics.own_pairs;
  return "set title " + legend_name(model, name_width) + ".'   mean " + decimal(s.mean, 3) +
         ", s " + decimal(s.deviation, 3) + "' font 'Sans,11' offset 0,-0.4\n";
}

}  // namespace

Figure similarity_figure(const ExperimentResult& result) {
  std::vector<const std::vector<double>*> sets;
  for (const auto& model : result.models) sets.push_back(&model.ranks.own_similarity);
  const Range range = common_range(sets);
  const int bins = histogram_bins(sets, range);
  Panels panels;
  panels.count = static_cast<int>(sets.size());
  panels.columns = columns_for_models(sets.size());
  panels.panel_height = sets.size() == 1 ? 380 : 180;
  std::string data;
  std::string drawing =
      std::string(kFigureAxes) + multiplot_title("Similarity of each caption with its own image (" +
                                                 dataset_text(result) + ")");
  drawing +=
      "set xrange [" + decimal(range.low, 6) + ":" + decimal(range.high, 6) + "]\nunset key\n";
  for (int i = 0; i < panels.count; ++i) {
    const ModelResult& model = result.models[static_cast<size_t>(i)];
    drawing += panels.margins(i) + panel_title(model, panels.columns == 1 ? 48 : 26);
    drawing += panels.in_last_row(i) ? "set xlabel 'cosine similarity'\n" : "unset xlabel\n";
    drawing += panels.in_first_column(i) ? "set ylabel 'density'\n" : "unset ylabel\n";
    const SimilarityStats& s = model.metrics.own_pairs;
    drawing += "unset arrow\n";
    if (s.count > 0) {
      drawing += "set arrow from " + decimal(s.mean, 6) + ", graph 0 to " + decimal(s.mean, 6) +
                 ", graph 1 nohead front lw 1.3 dt 3 lc rgb '#222222'\n";
    }
    drawing += panel_plot(model, static_cast<size_t>(i), range, bins, data);
  }
  drawing += "unset multiplot\n";
  return {
      "similarity",
      "Cosine similarity of each caption with its own image: histogram (bars), Gaussian kernel "
      "density estimate (line) and mean (dotted). Density is the share of pairs per unit of "
      "similarity. All models share the similarity axis; each has its own density axis. s is the "
      "standard deviation.",
      script_for_both("similarity", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
