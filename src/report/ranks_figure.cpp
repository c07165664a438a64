// Histograms of the rank of each caption's own image.
#include "report/ranks_figure.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/text.h"

namespace sightline {
namespace {

struct Bin {
  int64_t first, last;
  const char* name;
};

constexpr std::array<Bin, 8> kBins = {{{1, 1, "1"},
                                       {2, 2, "2"},
                                       {3, 5, "3–5"},
                                       {6, 10, "6–10"},
                                       {11, 20, "11–20"},
                                       {21, 50, "21–50"},
                                       {51, 100, "51–100"},
                                       {101, INT64_MAX, ">100"}}};

// Number of queries per bin; the last element counts queries without a rank (candidates + 1).
std::array<int64_t, kBins.size() + 1> count_ranks(const ModelResult& model, int64_t candidates) {
  std::array<int64_t, kBins.size() + 1> counts{};
  for (const int64_t rank : model.ranks.text_rank) {
    size_t bin = 0;
    while (bin < kBins.size() && rank > kBins[bin].last) ++bin;
    ++counts[rank > candidates ? kBins.size() : bin];
  }
  return counts;
}

// The share of captions per bin for each model, in percent, and their number.
struct Histograms {
  size_t shown = 0;  // bins that can contain a rank
  bool unranked = false;
  std::string data, tics;
  double highest = 0;  // of all shares

  size_t bars() const { return shown + (unranked ? 1 : 0); }
};

// The share of captions per bin under a random ranking, in percent.
std::vector<double> chance_of_bins(size_t shown, int64_t candidates) {
  std::vector<double> percent;
  for (size_t b = 0; b < shown && candidates > 0; ++b) {
    const int64_t ranks = std::min(kBins[b].last, candidates) - kBins[b].first + 1;
    percent.push_back(100 * static_cast<double>(ranks) / static_cast<double>(candidates));
  }
  return percent;
}

Histograms make_histograms(const ExperimentResult& result, int64_t candidates) {
  Histograms h;
  std::vector<std::array<int64_t, kBins.size() + 1>> counts;
  for (const ModelResult& model : result.models) {
    counts.push_back(count_ranks(model, candidates));
    h.unranked |= counts.back().back() > 0;
  }
  while (h.shown < kBins.size() && kBins[h.shown].first <= std::max<int64_t>(candidates, 1))
    ++h.shown;
  for (size_t b = 0; b < h.shown; ++b) {
    h.tics += (b > 0 ? ", '" : "'") + std::string(kBins[b].name) + "' " + std::to_string(b);
  }
  if (h.unranked) h.tics += ", 'none' " + std::to_string(h.shown);
  for (size_t m = 0; m < counts.size(); ++m) {
    const double total =
        std::max(1.0, static_cast<double>(result.models[m].ranks.text_rank.size()));
    h.data += "$ranks" + std::to_string(m) + " << EOD\n";
    for (size_t b = 0; b < h.bars(); ++b) {
      const int64_t count = counts[m][b < h.shown ? b : kBins.size()];
      const double percent = 100 * static_cast<double>(count) / total;
      h.highest = std::max(h.highest, percent);
      h.data += std::to_string(b) + " " + decimal(percent, 4) + " " + std::to_string(count) + "\n";
    }
    h.data += "EOD\n";
  }
  h.data += chance_block("chance", chance_of_bins(h.shown, candidates));
  return h;
}

}  // namespace

Figure ranks_figure(const ExperimentResult& result) {
  const int64_t candidates =
      result.models.empty() ? 0 : result.models[0].metrics.text_to_image.candidates;
  const Histograms h = make_histograms(result, candidates);
  Panels panels;
  panels.count = static_cast<int>(result.models.size());
  panels.columns = columns_for_models(result.models.size());
  panels.panel_height = result.models.size() == 1 ? 340 : 160;
  panels.gap_y = 92;  // room for the numbers above the highest bars
  std::string drawing = std::string(kFigureAxes) +
                        multiplot_title("Rank of the own image (" + dataset_text(result) + ")");
  drawing += "unset key\nset xtics scale 0 font 'Sans,10' (" + h.tics +
             ")\nset xrange [-0.6:" + decimal(static_cast<double>(h.bars()) - 0.4, 1) + "]\n" +
             axis_from_zero("y", percent_axis_end(h.highest), 5);
  for (int i = 0; i < panels.count; ++i) {
    const auto m = static_cast<size_t>(i);
    const std::string block = "$ranks" + std::to_string(m);
    drawing += panels.margins(i) + "set title " + legend_name(result.models[m]) +
               " font 'Sans,12' offset 0,0.5\n";
    drawing += panels.in_last_row(i) ? "set xlabel 'rank'\n" : "unset xlabel\n";
    drawing += panels.in_first_column(i) ? "set ylabel '% of captions'\n" : "unset ylabel\n";
    drawing += "plot " + block + " using 1:2:(0.8) with boxes" + bar_style(m) + " notitle, \\\n  " +
               chance_plot("chance") + ", \\\n  " + block +
               " using 1:2:3 with labels offset 0,0.6 font 'Sans,10' notitle\n";
  }
  drawing += "unset multiplot\n";
  return {"ranks",
          "Rank of each caption's own image among " + counted(candidates, "image") +
              " (text → image, strict): share and number of captions in each range of ranks. "
              "Dotted: chance level, where it is within the axis.",
          script_for_both("ranks", panels.width, panels.height(), h.data, drawing)};
}

}  // namespace sightline
