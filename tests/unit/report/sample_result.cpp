#include "sample_result.h"

#include <cmath>

#include "eval/uncertainty.h"

namespace sightline {

ExperimentResult sample_result(const std::vector<std::vector<int64_t>>& ranks,
                               const std::vector<std::string>& labels) {
  ExperimentResult result;
  result.dataset = "photos";
  const auto queries = static_cast<int64_t>(ranks.at(0).size());
  for (int64_t n = 0; n < queries; ++n) {
    result.rows.push_back({"row-" + std::to_string(n), "", {"caption " + std::to_string(n)}, {}});
    result.text_row.push_back(n);
    result.text_caption.push_back(0);
  }
  for (size_t m = 0; m < ranks.size(); ++m) {
    ModelResult model;
    model.label = labels.at(m);
    RetrievalRanks& r = model.ranks;
    r.text_rank = r.text_rank_equivalent = r.image_rank = r.image_rank_equivalent = ranks[m];
    for (const int64_t rank : ranks[m]) {
      const auto position = static_cast<double>(rank);
      r.text_gains.average_precision.push_back(1 / position);
      r.text_gains.ndcg_at_10.push_back(rank <= 10 ? 1 / std::log2(position + 1) : 0);
      r.own_similarity.push_back(1 / position);
    }
    r.text_gains_equivalent = r.image_gains = r.image_gains_equivalent = r.text_gains;
    for (int v = 0; v < kViewCount; ++v) {
      metrics_of(model.metrics, static_cast<View>(v)) =
          summarize_ranks(r.text_rank, r.text_gains, queries, result.top_k);
    }
    model.metrics.own_pairs = {queries, 0.5, 0.1, 0, 0.5, 1};
    result.models.push_back(std::move(model));
  }
  result.statistics.resamples = result.statistics.permutations = 200;
  add_statistics(result);
  return result;
}

void add_noise_points(ExperimentResult& result, const std::vector<NoiseKind>& kinds,
                      const std::vector<double>& shares) {
  result.noise.kinds = kinds;
  result.noise.strengths = {0.25, 0.5};
  for (ModelResult& model : result.models) {
    const DirectionMetrics& d = model.metrics.text_to_image;
    model.robustness.emplace();
    Robustness& r = *model.robustness;
    r.queries = r.images = d.queries;
    r.candidates = d.candidates;
    r.clean.accuracy = {d.accuracy, 0, metric_interval(d, Metric::accuracy), Interval{0, 0}};
    r.clean.recall_at_1 = {d.recall_at_1, 0, {}, {}};
    for (size_t k = 0; k < kinds.size(); ++k) {
      for (const double strength : result.noise.strengths) {
        NoisePoint point = r.clean;
        point.kind = kinds[k];
        point.strength = strength;
        point.accuracy.value *= shares[k];
        point.accuracy.lost = 1 - shares[k];
        r.points.push_back(point);
      }
    }
  }
}

FailureReport sample_failures() {
  FailureReport report;
  report.image_hubs = {2, 10, 4, 1.5, 0.25, 0.5, {{1, 9}, {0, 6}}};
  report.caption_hubs = {2, 4, 8, 0.5, 0.125, 0.25, {{0, 3}}};
  ChangedRetrieval changed;
  changed.recall_at_1 = {0.5, 0.25, Interval{0.375, 0.625}, Interval{0.125, 0.5}};
  changed.median_rank = {3, -1, Interval{2, 4}, Interval{-2, 0}};
  report.corrections = {{Correction::none, 0, {}}, {Correction::qb_norm, 7, changed}};
  TypographicResult attack;
  attack.images = 4;
  attack.captions = 5;
  attack.encoded_images = 8;
  attack.conditions.resize(3);
  attack.conditions[2] = {{0.75, 0.5, Interval{0.5, 1}, Interval{0.25, 0.75}}, changed, changed};
  attack.examples = {{1, "word", "a wrong word", "an own caption", 0.125, 0.5, 0.25, 0.375}};
  report.typographic = attack;
  return report;
}

FailureOptions sample_failure_options() {
  FailureOptions options;
  options.hub_k = 2;
  options.corrections.kinds = {Correction::qb_norm};
  options.typographic = TypographicOptions{.max_images = 4, .seed = 9};
  return options;
}

}  // namespace sightline
