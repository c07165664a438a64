#include "tune/trial_measurement.h"

#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "eval/gather_rows.h"
#include "eval/rank_queries.h"
#include "search/expand_queries.h"

namespace sightline {
namespace {

using Clock = std::chrono::steady_clock;

int64_t bytes_per_parameter(Precision precision) {
  if (precision == Precision::fp32) return 4;
  return precision == Precision::bf16 ? 2 : 1;
}

double megabytes_of(const TrialData& data, const TuningPlan& plan, const Configuration& c,
                    int64_t dim) {
  const int64_t images = plan.images > 0 ? plan.images : std::ssize(data.rows().rows);
  const double model = static_cast<double>(
      data.parameters(c.model) * bytes_per_parameter(c.precision.value_or(Precision::fp32)));
  const double vectors =
      static_cast<double>(images * dim * (c.half_precision_store.value_or(false) ? 2 : 4));
  return (model + vectors) / 1e6;
}

// The images and queries of one data set.
struct DatasetVectors {
  std::vector<const TuningRow*> rows;  // of the images, in their order
  Matrix images, queries;
};

RelevantCandidates relevant_images(const DatasetVectors& of, bool caption_equivalent) {
  std::map<std::string, std::vector<int64_t>> images_with;  // by caption
  for (size_t n = 0; n < of.rows.size(); ++n)
    for (const std::string& caption : of.rows[n]->captions)
      images_with[caption].push_back(static_cast<int64_t>(n));
  RelevantCandidates relevant;
  for (size_t n = 0; n < of.rows.size(); ++n) {
    for (const std::string& caption : of.rows[n]->captions) {
      if (!caption_equivalent) {
        relevant.push_back({static_cast<int64_t>(n)});
        continue;
      }
      std::vector<int64_t> list = images_with[caption];
      list.erase(std::unique(list.begin(), list.end()), list.end());
      relevant.push_back(std::move(list));
    }
  }
  return relevant;
}

// Median time of an exact scan for one query.
double scan_ms(const VectorIndex& index, const Matrix& queries) {
  std::vector<double> times;
  for (int64_t i = 0; i < std::min<int64_t>(kTimedQueries, queries.rows); ++i) {
    const auto before = Clock::now();
    index.search(queries.row(i), 1);
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
  }
  std::ranges::sort(times);
  return times.empty() ? 0 : times[times.size() / 2];
}

double gain_of(const TuningObjective& objective, const RankedQueries& ranked, size_t query,
               int64_t candidates) {
  const int64_t rank = ranked.rank[query];
  if (objective.metric == GainMetric::ndcg && objective.caption_equivalent)
    return ranked.gains.ndcg_at_10[query];
  if (rank > candidates) return 0;
  if (objective.metric == GainMetric::reciprocal_rank) return 1 / static_cast<double>(rank);
  if (rank > objective.k) return 0;
  return objective.metric == GainMetric::recall ? 1 : 1 / std::log2(static_cast<double>(rank) + 1);
}

void add_gains(const TuningObjective& objective, const ExpansionOptions& expansion,
               DatasetVectors of, TrialScores& scores) {
  const auto index = VectorIndex::view(of.images);
  scores.milliseconds += scan_ms(index, of.queries) * (expansion.active() ? 2 : 1);
  expand_queries(index, expansion, of.queries);
  const RankedQueries ranked =
      rank_queries(of.queries, of.images, relevant_images(of, objective.caption_equivalent));
  size_t query = 0;
  for (const TuningRow* row : of.rows) {
    if (row->captions.empty()) continue;
    double sum = 0;
    for (size_t i = 0; i < row->captions.size(); ++i)
      sum += gain_of(objective, ranked, query++, of.images.rows);
    scores.gains.push_back(sum);
    scores.queries.push_back(static_cast<double>(row->captions.size()));
  }
}

DatasetVectors of_dataset(const TrialData& data, std::span<const RowPart> parts, int dataset,
                          const Matrix& images, const Matrix& queries) {
  DatasetVectors out;
  std::vector<int64_t> image_rows, query_rows;
  int64_t image = 0, query = 0;
  for (const RowPart& part : parts) {
    for (const int64_t i : part.rows) {
      const TuningRow& row = data.row(i);
      const bool own = row.dataset == dataset;
      if (own) out.rows.push_back(&row);
      if (own) image_rows.push_back(image);
      for (size_t k = 0; k < row.captions.size(); ++k, ++query)
        if (own) query_rows.push_back(query);
      ++image;
    }
  }
  out.images = gather_rows(images, image_rows);
  out.queries = gather_rows(queries, query_rows);
  return out;
}

const RowPart* first_with_caption(const TrialData& data, std::span<const RowPart> parts) {
  for (const RowPart& part : parts)
    for (const int64_t i : part.rows)
      if (!data.row(i).captions.empty()) return &part;
  return nullptr;
}

}  // namespace

void check_objective(const TuningObjective& objective) {
  if (objective.metric != GainMetric::ndcg || !objective.caption_equivalent || objective.k == 10)
    return;
  throw Error(ErrorCode::invalid_argument, "the objective ", objective.name(),
              " with caption-equivalent relevance; expected ndcg@10 there");
}

TrialScores measure_trial(TrialData& data, const TuningPlan& plan, const Configuration& c,
                          std::span<const RowPart> parts, const ProgressFn& progress) {
  const Matrix images = data.image_vectors(c, parts, progress);
  const Matrix queries = data.query_vectors(c, parts, progress);
  const RowPart* first = first_with_caption(data, parts);
  if (first == nullptr)
    throw Error(ErrorCode::invalid_data, "none of the ", images.rows,
                " images of a trial has a caption");
  TrialScores scores;
  scores.milliseconds = data.encoding_ms(c, *first);
  scores.megabytes = megabytes_of(data, plan, c, images.dim);
  for (int d = 0; d < static_cast<int>(plan.data.datasets.size()); ++d) {
    DatasetVectors own = of_dataset(data, parts, d, images, queries);
    if (own.queries.rows > 0) add_gains(plan.objective, c.expansion, std::move(own), scores);
  }
  return scores;
}

}  // namespace sightline
