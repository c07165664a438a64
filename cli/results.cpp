#include "results.h"

#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"
#include "console.h"
#include "report/metric_format.h"

namespace sightline::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string per_cent(double share) {
  const double hundred = 100 * share;
  return fixed(hundred, hundred == static_cast<double>(static_cast<int>(hundred)) ? 0 : 2) + " %";
}

std::vector<std::string> values_row(const std::string& label, const DirectionMetrics& d) {
  std::vector<std::string> row = {label};
  for (int m = 0; m < kMetricCount; ++m) {
    const auto metric = static_cast<Metric>(m);
    row.push_back(metric_text(metric, metric_value(d, metric)));
  }
  return row;
}

void add_metrics(Rows& rows, const std::string& label, const DirectionMetrics& d,
                 double confidence) {
  rows.push_back(values_row(label, d));
  if (d.intervals.empty()) return;
  std::vector<std::string> row = {"  " + per_cent(confidence) + " interval"};
  for (int m = 0; m < kMetricCount; ++m) {
    const auto metric = static_cast<Metric>(m);
    row.push_back(interval_text(metric, metric_interval(d, metric)));
  }
  rows.push_back(std::move(row));
}

void print_direction(const ExperimentResult& result, const char* title, View strict,
                     View equivalent) {
  std::vector<std::string> header = {"model"};
  for (int m = 0; m < kMetricCount; ++m) {
    const auto metric = static_cast<Metric>(m);
    header.push_back(metric == Metric::score ? ">top-" + std::to_string(result.top_k)
                                             : std::string(">") + metric_format(metric).label);
  }
  Rows rows;
  const bool repeat = captions_repeat(result);
  for (const ModelResult& model : result.models) {
    add_metrics(rows, model.label, metrics_of(model.metrics, strict), result.statistics.confidence);
    if (repeat)
      rows.push_back(values_row("  caption-equivalent", metrics_of(model.metrics, equivalent)));
    for (const auto& [split, metrics] : model.by_split) {
      const DirectionMetrics& d = metrics_of(metrics, strict);
      rows.push_back(values_row("  " + (split.empty() ? std::string("(no split)") : split) + " (" +
                                    std::to_string(d.queries) + ")",
                                d));
    }
  }
  const DirectionMetrics& first = metrics_of(result.models[0].metrics, strict);
  std::printf("%s: %lld queries among %lld\n%s\n", title, static_cast<long long>(first.queries),
              static_cast<long long>(first.candidates), format_table(header, rows).c_str());
}

void print_tests(const ExperimentResult& result, const char* title, View view) {
  Rows rows;
  for (const MetricComparison& c : result.comparisons) {
    const bool shown = c.metric == Metric::accuracy || c.metric == Metric::mean_reciprocal_rank;
    if (c.view != view || !shown) continue;
    rows.push_back({result.models[static_cast<size_t>(c.a)].label,
                    result.models[static_cast<size_t>(c.b)].label, metric_format(c.metric).label,
                    difference_text(c.metric, c.difference),
                    difference_interval_text(c.metric, c.interval), p_text(c.p),
                    p_text(c.p_corrected) + (is_significant(c) ? " *" : "  ")});
  }
  std::printf(
      "differences, %s\n%s\n", title,
      format_table({"model", "and model", "metric", ">difference",
                    ">" + per_cent(result.statistics.confidence) + " interval", ">p", ">p (Holm)"},
                   rows)
          .c_str());
  for (const Metric metric : {Metric::accuracy, Metric::mean_reciprocal_rank}) {
    std::printf("%s: %s\n", metric == Metric::accuracy ? "accuracy" : metric_format(metric).label,
                best_models_text(result, view, metric).c_str());
  }
  std::printf("\n");
}

}  // namespace

void print_results(const ExperimentResult& result) {
  std::printf("%s with %s; %s without a caption",
              counted(static_cast<int64_t>(result.rows.size()), "image").c_str(),
              counted(static_cast<int64_t>(result.text_row.size()), "caption").c_str(),
              counted(images_without_caption(result), "image").c_str());
  if (result.repeated_rows > 0) {
    std::printf(
        "; %s, whose captions belong to its first row",
        counted(result.repeated_rows, "row repeats an image", "rows repeat an image").c_str());
  }
  std::printf("\n\n");
  print_direction(result, "text → image", View::text_to_image, View::text_to_image_equivalent);
  print_direction(result, "image → text", View::image_to_text, View::image_to_text_equivalent);
  const StatisticsOptions& s = result.statistics;
  if (s.resamples > 0) {
    std::printf(
        "intervals: bootstrap over %lld images with their captions, %d resamples, seed "
        "%llu\n",
        static_cast<long long>(result.clusters), s.resamples,
        static_cast<unsigned long long>(s.seed));
  }
}

void print_comparisons(const ExperimentResult& result) {
  if (result.comparisons.empty()) return;
  std::printf("\n");
  print_tests(result, "text → image", View::text_to_image);
  print_tests(result, "image → text", View::image_to_text);
  std::printf(
      "p: paired permutation test over images, %d permutations, seed %llu; Holm's correction "
      "over the "
      "pairs of one metric and direction; *: significant (below %g)\n",
      result.statistics.permutations, static_cast<unsigned long long>(result.statistics.seed),
      kSignificanceLevel);
}

}  // namespace sightline::cli
