#include "report/page/metric_tables.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/text.h"
#include "eval/chance.h"
#include "report/metric_format.h"
#include "report/page/comparisons.h"
#include "report/page/parts.h"
#include "report/page/significance.h"
#include "report/text.h"

namespace sightline {
namespace {

using Pick = std::function<const RetrievalMetrics&(const ModelResult&)>;

bool same_in_all_models(const ExperimentResult& result, const Pick& pick, View view, Metric a,
                        Metric b) {
  for (const ModelResult& model : result.models) {
    const DirectionMetrics& d = metrics_of(pick(model), view);
    if (metric_value(d, a) != metric_value(d, b)) return false;
  }
  return true;
}

// A column of a table: a metric, and the names of all metrics that equal it by definition here,
// such as accuracy at K = 5 and R@5.
struct Column {
  Metric metric;
  std::string label;
};

// The metric that `metric` repeats: accuracy at K = 1, 5 or 10 is a recall, and MAP is the MRR if
// each query has one relevant candidate.
std::optional<Metric> repeated(Metric metric, int top_k) {
  if (metric == Metric::recall_at_1 && top_k == 1) return Metric::accuracy;
  if (metric == Metric::recall_at_5 && top_k == 5) return Metric::accuracy;
  if (metric == Metric::recall_at_10 && top_k == 10) return Metric::accuracy;
  if (metric == Metric::mean_average_precision) return Metric::mean_reciprocal_rank;
  return std::nullopt;
}

std::vector<Column> columns_of(const ExperimentResult& result, const Pick& pick, View view) {
  std::vector<Column> columns;
  for (int m = 0; m < kMetricCount; ++m) {
    const auto metric = static_cast<Metric>(m);
    const std::string label = metric_format(metric).label;
    const auto earlier = repeated(metric, result.top_k);
    if (earlier && same_in_all_models(result, pick, view, *earlier, metric)) {
      for (Column& column : columns) {
        if (column.metric == *earlier) column.label += " = " + label;
      }
    } else {
      columns.push_back({metric, label});
    }
  }
  return columns;
}

std::string table_note(const ExperimentResult& result, const DirectionMetrics& first) {
  std::string html = "<p class=\"soft\">" + counted(first.queries, "query", "queries") + " among " +
                     counted(first.candidates, "candidate") +
                     "; score, accuracy and weighted score at K = " + std::to_string(first.top_k) +
                     ".";
  if (!first.intervals.empty()) {
    html += " Below each value: its " + percent_text(result.statistics.confidence) +
            " confidence interval.";
  }
  return html + "</p>\n";
}

// The row of the chance level; empty for a view that has none.
std::string chance_row(const std::vector<double>& level, const std::vector<Column>& columns) {
  if (level.empty()) return "";
  std::string html = "<tr class=\"chance\"><th scope=\"row\">chance</th>";
  for (const Column& column : columns)
    html +=
        "<td>" + metric_text(column.metric, level[static_cast<size_t>(column.metric)]) + "</td>";
  return html + "</tr>\n";
}

// The tables of both directions that belong together.
struct Tables {
  std::string name;
  Pick pick;
  View texts, images;
  bool bold = false;                      // whether the tests of these views apply
  std::optional<std::string> split = {};  // of the queries; all without
};

// One row per model with intervals below the values.
std::string direction_table(const ExperimentResult& result, const Tables& tables,
                            const std::string& name, View view) {
  const Pick& pick = tables.pick;
  const std::vector<Column> columns = columns_of(result, pick, view);
  std::string head = head_cell("model"), body;
  std::vector<std::vector<int>> best;
  for (const Column& column : columns) {
    head += head_cell(column.label, metric_format(column.metric).more_is_better);
    best.push_back(tables.bold ? best_models(result, view, column.metric) : std::vector<int>());
  }
  for (size_t m = 0; m < result.models.size(); ++m) {
    body += model_row(result, m);
    for (size_t c = 0; c < columns.size(); ++c)
      body += metric_cell(metrics_of(pick(result.models[m]), view), columns[c].metric,
                          std::ranges::count(best[c], static_cast<int>(m)) > 0);
    body += "</tr>\n";
  }
  return table_note(result, metrics_of(pick(result.models[0]), view)) +
         table_html(name, head, body, "metrics",
                    chance_row(chance_level(result, view, tables.split), columns));
}

std::string both_directions(const ExperimentResult& result, const Tables& tables) {
  return "<div class=\"halves\"><div><h3>text → image</h3>\n" +
         direction_table(result, tables, tables.name + ".texts", tables.texts) +
         "</div><div><h3>image → text</h3>\n" +
         direction_table(result, tables, tables.name + ".images", tables.images) + "</div></div>\n";
}

const RetrievalMetrics& all_rows(const ModelResult& model) {
  return model.metrics;
}

// Selected metrics under both definitions of relevant.
std::string side_by_side(const ExperimentResult& result, const std::string& name, View strict,
                         View equivalent) {
  constexpr Metric kShown[] = {Metric::accuracy, Metric::recall_at_1, Metric::mean_reciprocal_rank,
                               Metric::ndcg_at_10, Metric::mean_average_precision};
  std::string head = head_cell("model"), body;
  for (const Metric metric : kShown) {
    const std::string label = metric_format(metric).label;
    head += head_cell(label + ", strict", true) + head_cell(label + ", equivalent", true);
  }
  for (size_t m = 0; m < result.models.size(); ++m) {
    const RetrievalMetrics& metrics = result.models[m].metrics;
    body += model_row(result, m);
    for (const Metric metric : kShown) {
      body += metric_cell(metrics_of(metrics, strict), metric, false) +
              metric_cell(metrics_of(metrics, equivalent), metric, false);
    }
    body += "</tr>\n";
  }
  return table_html(name, head, body, "metrics");
}

std::string definitions_tables(const ExperimentResult& result) {
  if (!captions_repeat(result)) {
    return "<p class=\"soft\">Strict metrics. No caption belongs to two rows, so the "
           "caption-equivalent metrics are the same.</p>\n";
  }
  return "<details><summary>Strict and caption-equivalent metrics (some captions occur more than "
         "once)</summary>\n<h3>text → image</h3>\n" +
         side_by_side(result, "definitions.texts", View::text_to_image,
                      View::text_to_image_equivalent) +
         "<h3>image → text</h3>\n" +
         side_by_side(result, "definitions.images", View::image_to_text,
                      View::image_to_text_equivalent) +
         "</details>\n<details><summary>All caption-equivalent metrics</summary>\n" +
         both_directions(result, {"equivalent", all_rows, View::text_to_image_equivalent,
                                  View::image_to_text_equivalent, true}) +
         "</details>\n";
}

bool has_bold(const std::string& tables) {
  return tables.find(" class=\"best\"") != tables.npos;  // text from data has no such quotes
}

}  // namespace

std::string results_section(const ExperimentResult& result) {
  const std::string tables = both_directions(
      result, {"results", all_rows, View::text_to_image, View::image_to_text, true});
  const std::string definitions = definitions_tables(result);
  std::string html = tables;
  if (has_bold(tables) || has_bold(definitions)) html += significance_note(result);
  html += significance_section(result) + definitions;
  int index = 0;  // in the names of tables, which are in the address: not text from data
  for (const auto& [split, unused] : result.models[0].by_split) {
    const std::string title =
        split.empty() ? "rows without a split" : "split “" + html_text(split) + "”";
    const Pick pick = [key = split](const ModelResult& m) -> const RetrievalMetrics& {
      return m.by_split.at(key);
    };
    html += "<details><summary>Only the queries of " + title +
            ", among all candidates</summary>\n" +
            both_directions(result, {"split." + std::to_string(++index), pick, View::text_to_image,
                                     View::image_to_text, false, split}) +
            "</details>\n";
  }
  return html + comparisons_section(result);
}

}  // namespace sightline
