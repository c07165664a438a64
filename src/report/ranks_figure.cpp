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

}  // namespace

Figure ranks_figure(const ExperimentResult& result) {
  const int64_t candidates =
      result.models.empty() ? 0 : result.models[0].metrics.text_to_image.candidates;
  std::vector<std::array<int64_t, kBins.size() + 1>> counts;
  bool unranked = false;
  for (const ModelResult& model : result.models) {
    counts.push_back(count_ranks(model, candidates));
    unranked |= counts.back().back() > 0;
  }
  size_t shown = 0;  // number of bins that can contain a rank
  while (shown < kBins.size() && kBins[shown].first <= std::max<int64_t>(candidates, 1)) ++shown;
  std::string tics, data;
  for (size_t b = 0; b < shown; ++b) {
    tics += (b > 0 ? ", '" : "'") + std::string(kBins[b].name) + "' " + std::to_string(b);
  }
  if (unranked) tics += ", 'none' " + std::to_string(shown);
  double highest = 1;
  for (size_t m = 0; m < counts.size(); ++m) {
    const double total =
        std::max(1.0, static_cast<double>(result.models[m].ranks.text_rank.size()));
    data += "$ranks" + std::to_string(m) + " << EOD\n";
    for (size_t b = 0; b < shown + (unranked ? 1 : 0); ++b) {
      const int64_t count = counts[m][b < shown ? b : kBins.size()];
      const double percent = 100 * static_cast<double>(count) / total;
      highest = std::max(highest, percent);
      data += std::to_string(b) + " " + decimal(percent, 3) + " " + std::to_string(count) + "\n";
    }
    data += "EOD\n";
  }
  Panels panels;
  panels.count = static_cast<int>(counts.size());
  panels.columns = columns_for_models(counts.size());
  panels.panel_height = counts.size() == 1 ? 340 : 170;
  std::string drawing = std::string(kFigureAxes) +
                        multiplot_title("Rank of the own image (" + dataset_text(result) + ")");
  drawing += "unset key\nset xtics scale 0 font 'Sans,10' (" + tics + ")\nset xrange [-0.6:" +
             decimal(static_cast<double>(shown + (unranked ? 1 : 0)) - 0.4, 1) +
             "]\nset yrange [0:" + decimal(highest * 1.15, 3) + "]\nset ytics 0," +
             decimal(nice_step(highest / 4), 3) + "\n";
  for (int i = 0; i < panels.count; ++i) {
    const auto m = static_cast<size_t>(i);
    const std::string block = "$ranks" + std::to_string(m);
    drawing += panels.margins(i) + "set title " + legend_name(result.models[m]) +
               " font 'Sans,12' offset 0,-0.4\n";
    drawing += panels.in_last_row(i) ? "set xlabel 'rank'\n" : "unset xlabel\n";
    drawing += panels.in_first_column(i) ? "set ylabel '% of captions'\n" : "unset ylabel\n";
    drawing += "plot " + block + " using 1:2:(0.8) with boxes fs solid 0.85 noborder lc rgb " +
               figure_color(m) + " notitle, \\\n  " + block +
               " using 1:2:3 with labels offset 0,0.6 font 'Sans,10' notitle\n";
  }
  drawing += "unset multiplot\n";
  return {"ranks",
          "Rank of each caption's own image among " + counted(candidates, "image") +
              " (text → image, strict): share and number of captions in each range of ranks.",
          script_for_both("ranks", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
