#include "report/tables/comparison_table.h"

#include "report/metric_format.h"
#include "report/tables/csv.h"
#include "report/tables/metric_table.h"
#include "report/text.h"

namespace sightline {

Table comparison_table(const ExperimentResult& result, View view) {
  Table table{
      .name = "comparisons-" + view_slug(view),
      .title = std::string(view_name(view)) + ", differences between models, data set " +
               result.dataset.string(),
      .columns = {{.names = {"metric"}, .title = "metric", .words = true},
                  {.names = {"a"}, .title = "model A", .words = true},
                  {.names = {"b"}, .title = "model B", .words = true},
                  {.names = {"difference"}, .title = "A − B", .words = false},
                  {.names = {"difference_low", "difference_high"},
                   .title = percent_text(result.statistics.confidence) + " interval",
                   .words = false},
                  {.names = {"p", "exact"}, .title = "p", .words = false},
                  {.names = {"p_corrected", "significant"}, .title = "p (Holm)", .words = false}},
      .rows = {},
      .notes = {
          "*: significant, p after Holm's correction below " + decimal(kSignificanceLevel, 2) + ".",
          "Paired permutation tests over images."}};
  for (const MetricComparison& c : result.comparisons) {
    if (c.view != view) continue;
    TableCell metric = word_cell(metric_name(c.metric));
    metric.text = metric_format(c.metric).label;
    table.rows.push_back(
        {std::move(metric),
         word_cell(result.models[static_cast<size_t>(c.a)].label),
         word_cell(result.models[static_cast<size_t>(c.b)].label),
         {.fields = {full_precision(c.difference)},
          .text = difference_text(c.metric, c.difference)},
         {.fields = bound_fields(c.interval),
          .text = difference_interval_text(c.metric, c.interval)},
         {.fields = {full_precision(c.p), c.exact ? "true" : "false"}, .text = p_text(c.p)},
         {.fields = {full_precision(c.p_corrected), is_significant(c) ? "true" : "false"},
          .text = p_text(c.p_corrected) + (is_significant(c) ? " *" : "")}});
  }
  return table;
}

}  // namespace sightline
