#include "report/deployment/quality.h"

namespace sightline {

QualityColumn quality_of(const ExperimentResult& result, const std::string& dataset) {
  QualityColumn column{dataset, "R@1", {}, {}};
  for (const ModelResult& model : result.models) {
    const DirectionMetrics& d = model.metrics.text_to_image;
    column.shares.push_back(d.recall_at_1);
    column.intervals.push_back(metric_interval(d, Metric::recall_at_1));
  }
  return column;
}

QualityColumn quality_of(const ClassificationResult& result, const std::string& dataset) {
  QualityColumn column{dataset, result.multilabel ? "mAP" : "acc1", {}, {}};
  const auto metric = static_cast<size_t>(main_metric(result));
  for (const ClassifiedModel& model : result.models) {
    column.shares.push_back(model.values[metric]);
    column.intervals.push_back(model.intervals[metric]);
  }
  return column;
}

std::vector<QualityColumn> quality_of(const Overview& overview) {
  std::vector<QualityColumn> columns;
  for (const DatasetResult& dataset : overview.datasets)
    columns.push_back(quality_of(dataset.result, dataset.name));
  for (const ClassifiedDataset& dataset : overview.classified)
    columns.push_back(quality_of(dataset.result, dataset.name));
  return columns;
}

}  // namespace sightline
