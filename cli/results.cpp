#include "results.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "console.h"
#include "eval/chance.h"
#include "evaluation_options.h"
#include "failures.h"
#include "interruption.h"
#include "noise.h"
#include "report/metric_format.h"

namespace sightline::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string per_cent(double share) {
  const double hundred = 100 * share;
  return fixed(hundred, hundred == static_cast<double>(static_cast<int>(hundred)) ? 0 : 2) + " %";
}

// One of these equals the accuracy at K where K is 1, 5 or 10.
std::optional<Metric> recall_at(int k) {
  if (k == 1) return Metric::recall_at_1;
  if (k == 5) return Metric::recall_at_5;
  if (k == 10) return Metric::recall_at_10;
  return std::nullopt;
}

// "R@3 %", the field's name of the accuracy at K = 3; "MedR" and "MeanR" of median and mean rank.
std::string column_name(Metric metric, int top_k) {
  if (metric == Metric::accuracy) return "R@" + std::to_string(top_k) + " %";
  if (metric == Metric::median_rank) return "MedR";
  if (metric == Metric::mean_rank) return "MeanR";
  return metric_format(metric).label;
}

// Every figure once: the score is the accuracy times the number of queries, the accuracy at
// K = 1, 5 or 10 is a recall, and MAP is MRR if each query has one relevant candidate.
std::vector<Metric> columns_of(const ExperimentResult& result, View strict, View equivalent,
                               bool& map_is_mrr) {
  map_is_mrr = true;
  const auto look = [&](const DirectionMetrics& d) {
    map_is_mrr =
        map_is_mrr && metric_text(Metric::mean_average_precision, d.mean_average_precision) ==
                          metric_text(Metric::mean_reciprocal_rank, d.mean_reciprocal_rank);
  };
  for (const ModelResult& model : result.models) {
    look(metrics_of(model.metrics, strict));
    if (captions_repeat(result)) look(metrics_of(model.metrics, equivalent));
    for (const auto& [split, metrics] : model.by_split) look(metrics_of(metrics, strict));
  }
  std::vector<Metric> columns;
  for (const int k : {1, 5, 10}) {
    const Metric metric = *recall_at(k);
    const bool extra = !recall_at(result.top_k) && result.top_k < k &&
                       std::ranges::find(columns, Metric::accuracy) == columns.end();
    if (extra) columns.push_back(Metric::accuracy);
    columns.push_back(metric);
  }
  if (result.top_k > 10) columns.push_back(Metric::accuracy);
  columns.push_back(Metric::mean_reciprocal_rank);
  if (!map_is_mrr) columns.push_back(Metric::mean_average_precision);
  columns.insert(columns.end(), {Metric::ndcg_at_10, Metric::median_rank, Metric::mean_rank,
                                 Metric::weighted_score});
  return columns;
}

std::vector<std::string> header_of(const std::vector<Metric>& columns, int top_k) {
  std::vector<std::string> header = {"~model"};
  for (const Metric metric : columns) header.push_back(">" + column_name(metric, top_k));
  return header;
}

std::vector<std::string> values_row(const std::string& label, const DirectionMetrics& d,
                                    const std::vector<Metric>& columns) {
  std::vector<std::string> row = {label};
  for (const Metric metric : columns) row.push_back(metric_text(metric, metric_value(d, metric)));
  return row;
}

std::vector<std::string> chance_row(const ExperimentResult& result, View view,
                                    const std::vector<Metric>& columns) {
  const std::vector<double> level = chance_level(result, view);
  std::vector<std::string> row = {"chance"};
  for (const Metric metric : columns)
    row.push_back(metric_text(metric, level[static_cast<size_t>(metric)]));
  return row;
}

// A table of the intervals of as many columns as fit; empty without intervals.
std::string intervals_table(const ExperimentResult& result, View view,
                            const std::vector<Metric>& columns) {
  constexpr size_t kLabel = 24;
  Rows rows;
  for (const ModelResult& model : result.models) rows.push_back({model.label});
  std::vector<std::string> header = {"~" + per_cent(result.statistics.confidence) + " interval"};
  size_t used = kLabel;
  for (const Metric metric : columns) {
    std::vector<std::string> cells;
    size_t width = 0;
    for (const ModelResult& model : result.models) {
      const DirectionMetrics& d = metrics_of(model.metrics, view);
      cells.push_back(interval_text(metric, metric_interval(d, metric)));
      width = std::max(width, display_width(cells.back()));
    }
    if (width == 0 || used + 2 + width > table_width()) break;
    used += 2 + width;
    header.push_back(">" + column_name(metric, result.top_k));
    for (size_t m = 0; m < rows.size(); ++m) rows[m].push_back(cells[m]);
  }
  return header.size() == 1 ? "" : format_table(header, rows) + "\n";
}

void print_direction(const ExperimentResult& result, const char* title, View strict,
                     View equivalent) {
  bool map_is_mrr = false;
  const std::vector<Metric> columns = columns_of(result, strict, equivalent, map_is_mrr);
  Rows rows;
  const bool repeat = captions_repeat(result);
  for (const ModelResult& model : result.models) {
    rows.push_back(values_row(model.label, metrics_of(model.metrics, strict), columns));
    if (repeat) {
      rows.push_back(
          values_row("  caption-equivalent", metrics_of(model.metrics, equivalent), columns));
    }
    for (const auto& [split, metrics] : model.by_split) {
      const DirectionMetrics& d = metrics_of(metrics, strict);
      const std::string name = split.empty() ? "(no split)" : split;
      rows.push_back(values_row("  " + name + " (" + std::to_string(d.queries) + ")", d, columns));
    }
  }
  rows.push_back(chance_row(result, strict, columns));
  const DirectionMetrics& first = metrics_of(result.models[0].metrics, strict);
  std::printf("%s: %lld queries among %lld; R@%d is the accuracy at K = %d%s\n%s\n%s", title,
              static_cast<long long>(first.queries), static_cast<long long>(first.candidates),
              result.top_k, result.top_k, map_is_mrr ? ", MRR is also MAP" : "",
              format_table(header_of(columns, result.top_k), rows).c_str(),
              intervals_table(result, strict, columns).c_str());
}

void print_tests(const ExperimentResult& result, const char* title, View view) {
  Rows rows;
  for (const MetricComparison& c : result.comparisons) {
    const bool shown = c.metric == Metric::accuracy || c.metric == Metric::mean_reciprocal_rank;
    if (c.view != view || !shown) continue;
    rows.push_back({result.models[static_cast<size_t>(c.a)].label,
                    result.models[static_cast<size_t>(c.b)].label,
                    column_name(c.metric, result.top_k), difference_text(c.metric, c.difference),
                    difference_interval_text(c.metric, c.interval), p_text(c.p),
                    p_text(c.p_corrected) + (is_significant(c) ? " *" : "  ")});
  }
  std::printf(
      "differences, %s\n%s\n", title,
      format_table({"~model", "~and model", "metric", ">difference",
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

void print_result(const ExperimentResult& result, bool encoded) {
  for (const ModelResult& model : result.models) {
    if (!model.precision_choice.empty())
      std::printf("%s: precision %s\n\n", model.label.c_str(), model.precision_choice.c_str());
    if (!model.info.projection.empty())
      std::printf("%s: %s\n\n", model.label.c_str(), model.info.projection.c_str());
  }
  print_results(result);
  print_comparisons(result);
  std::fputs(noise_table(result).c_str(), stdout);
  std::fputs(failure_tables(result).c_str(), stdout);
  for (const ModelResult& model : result.models) {
    const std::string counts = encoded ? "; " + counts_text(model.counts) : "";
    std::printf("%s: mean similarity of own pairs %s%s\n", model.label.c_str(),
                fixed(model.metrics.own_pairs.mean, 4).c_str(), counts.c_str());
  }
}

void print_matrix(const Overview& overview) {
  if (overview.datasets.empty()) return;
  const ExperimentResult& first = overview.datasets.front().result;
  const std::vector<Metric> columns = main_metrics(first.top_k);
  std::vector<std::string> header = {"~model", "~data set"};
  for (const Metric metric : columns) header.push_back(">" + column_name(metric, first.top_k));
  Rows rows;
  const auto add = [&](std::vector<std::string> row, const std::string& dataset) {
    row.insert(row.begin() + 1, dataset);
    rows.push_back(std::move(row));
  };
  for (size_t m = 0; m < first.models.size(); ++m) {
    for (const DatasetResult& dataset : overview.datasets) {
      const ModelResult& model = dataset.result.models[m];
      add(values_row(model.label, model.metrics.text_to_image, columns), dataset.name);
    }
  }
  for (const DatasetResult& dataset : overview.datasets)
    add(chance_row(dataset.result, View::text_to_image, columns), dataset.name);
  std::printf("text → image, all data sets\n%s\n", format_table(header, rows).c_str());
}

void write_report_in(ReportOptions report, const ProgressFn& progress,
                     const std::function<void(const ReportOptions&)>& write) {
  std::error_code error;
  const std::string in = "the report in " + quoted(report.directory);
  const bool earlier = std::filesystem::exists(report.directory / "index.html", error);
  set_kept_when_interrupted(in + (earlier ? " is still the earlier one" : " was not written") +
                            "; run the same command again");
  report.progress = progress;
  report.on_replace = [&] {
    begin_short_step();
    set_kept_when_interrupted(in + " is incomplete; run the same command again");
  };
  write(report);
  set_kept_when_interrupted(in + " is complete");
}

void write_report_in(ReportOptions report, const ExperimentResult& result,
                     const EvaluationInput& input, const ProgressFn& progress) {
  write_report_in(std::move(report), progress,
                  [&](const ReportOptions& options) { write_report(result, input, options); });
}

}  // namespace sightline::cli
