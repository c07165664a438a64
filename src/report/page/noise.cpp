// The noise section: metrics under noise, and samples of noisy captions.
#include "report/page/noise.h"

#include <algorithm>

#include "base/text.h"
#include "eval/noise.h"
#include "eval/robustness.h"
#include "report/figure_parts.h"
#include "report/noise_groups.h"
#include "report/page/parts.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string percent(double share, int decimals) {
  return decimal(100 * share, decimals);
}

std::string range(const std::optional<Interval>& interval, int decimals) {
  if (!interval) return "";
  return "<br><small>" + percent(interval->low, decimals) + " to " +
         percent(interval->high, decimals) + "</small>";
}

std::string value_cell(const NoiseMetric& f) {
  return "<td>" + percent(f.value, 1) + range(f.interval, 1) + "</td>";
}

std::string lost_cell(const NoiseMetric& f) {
  return "<td>" + percent(f.lost, 0) + " %" + range(f.lost_interval, 0) + "</td>";
}

std::string losses(const ExperimentResult& result, const Robustness& robustness,
                   const NoisePoint& last) {
  if (!beats_chance(robustness, result.top_k)) return "<td>–</td><td>–</td><td>–</td>";
  return lost_cell(last.recall_at_1) + lost_cell(last.accuracy) +
         lost_cell(last.mean_reciprocal_rank);
}

std::string group_table(const ExperimentResult& result, const NoiseGroup& group) {
  const NoiseKind kind = group.kinds[0];  // the others have the same figures
  std::string head = head_cell("model") + head_cell("clean", true), body;
  for (const double strength : result.noise.strengths)
    head += head_cell(percent(strength, 0) + " % of words", true);
  head += head_cell("R@1 lost at " + percent(result.noise.strengths.back(), 0) + " %") +
          head_cell("accuracy lost") + head_cell("MRR lost");
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ModelResult& model = result.models[m];
    if (!model.robustness) continue;
    body += model_row(result, m) + value_cell(model.robustness->clean.accuracy);
    const std::vector<const NoisePoint*> points = points_of(*model.robustness, kind);
    for (const NoisePoint* point : points) body += value_cell(point->accuracy);
    if (!points.empty()) body += losses(result, *model.robustness, *points.back());
    body += "</tr>\n";
  }
  return "<h3>" + html_text(noise_titles(group)) + "</h3>\n" +
         table_html("noise." + std::string(noise_name(kind)), head, body);
}

bool every_kind_changes(const std::string& caption, const NoiseOptions& noise, double strength) {
  return std::ranges::all_of(noise.kinds, [&](NoiseKind kind) {
    return add_noise(kind, caption, strength, noise.seed) != caption;
  });
}

// Returns the first caption with at least five words that every kind of noise changes, or else the
// longest caption.
std::string sample_caption(const ExperimentResult& result, double strength) {
  constexpr std::ptrdiff_t kMinBlanks = 4;
  std::string longest;
  for (const ExperimentRow& row : result.rows) {
    for (const std::string& caption : row.captions) {
      if (std::ranges::count(caption, ' ') >= kMinBlanks &&
          every_kind_changes(caption, result.noise, strength))
        return caption;
      if (caption.size() > longest.size()) longest = caption;
    }
  }
  return longest;
}

std::string samples(const ExperimentResult& result) {
  const double strength = std::ranges::max(result.noise.strengths);
  const std::string caption = sample_caption(result, strength);
  std::string html = "<p>One caption, clean and with " + percent(strength, 0) +
                     " % noise of each kind:</p>\n<dl><dt>clean</dt><dd>" + html_text(caption) +
                     "</dd>\n";
  for (const NoiseKind kind : result.noise.kinds) {
    html += "<dt>" + std::string(noise_name(kind)) + "</dt><dd>" +
            html_text(add_noise(kind, caption, strength, result.noise.seed)) + "</dd>\n";
  }
  return html + "</dl>\n";
}

}  // namespace

std::string noise_section(const ExperimentResult& result) {
  if (result.noise.kinds.empty() || result.models.empty() || !result.models[0].robustness)
    return "";
  const Robustness& first = *result.models[0].robustness;
  std::string html =
      "<p class=\"soft\">" + counted(first.queries, "caption") + " of " +
      counted(first.images, "image") + ", repeated with noise among the same " +
      counted(first.candidates, "image") +
      " (text → image, strict). Each word changes independently with the given probability; "
      "seed " +
      std::to_string(result.noise.seed) + ".</p>\n" + samples(result);
  html += "<details><summary>Accuracy at K = " + std::to_string(result.top_k) +
          " in %, and relative losses compared with the clean captions" + interval_note(result) +
          "</summary>\n";
  for (const NoiseGroup& group : shown_noise_groups(result)) html += group_table(result, group);
  if (const std::string same = noise_groups_text(result); !same.empty())
    html += "<p>" + html_text(same) + "</p>\n";
  return html + "</details>\n";
}

}  // namespace sightline
