#include "eval/measure_retrieval.h"

#include <algorithm>
#include <set>

#include "eval/examples.h"
#include "eval/failures/failure_run.h"
#include "search/expand_queries.h"

namespace sightline {
namespace {

// Figures of the queries whose row is in `split`, from ranks among all candidates.
RetrievalMetrics metrics_of_split(const ExperimentResult& result, const RetrievalSet& set,
                                  const RetrievalRanks& all, const std::string& split) {
  RetrievalRanks part = all;
  part.own_similarity.clear();
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    if (result.rows[static_cast<size_t>(set.text_image[t])].split == split) {
      part.own_similarity.push_back(all.own_similarity[t]);
    } else {
      part.text_rank[t] = part.text_rank_equivalent[t] = 0;
    }
  }
  for (size_t n = 0; n < result.rows.size(); ++n) {
    if (result.rows[n].split != split) part.image_rank[n] = part.image_rank_equivalent[n] = 0;
  }
  return summarize(set, part, result.top_k);
}

void start_trec(TrecExport& trec, ExperimentResult& result, const RetrievalSet& set) {
  trec.write_qrels(result, set);
  if (trec.truncates(std::max(set.images.rows, set.texts.rows))) {
    result.warnings.push_back(
        "the TREC runs hold only the best candidates of each query: trec_eval's recip_rank and map "
        "can be lower "
        "than the figures here by up to 1 / depth");
  }
}

// Ranks with texts as queries from `expanded`, and with images as queries from `set`.
RetrievalRanks rank_expanded(const RetrievalSet& set, const RetrievalSet& expanded,
                             const ProgressFn& progress, const std::string& stage) {
  RetrievalRanks ranks = rank_pairs(expanded, progress, stage + " with expanded queries");
  RetrievalRanks plain = rank_pairs(set, progress, stage);
  ranks.image_rank = std::move(plain.image_rank);
  ranks.image_rank_equivalent = std::move(plain.image_rank_equivalent);
  ranks.image_gains = std::move(plain.image_gains);
  ranks.image_gains_equivalent = std::move(plain.image_gains_equivalent);
  return ranks;
}

}  // namespace

void measure_retrieval(ExperimentResult& result, ModelResult& model, const RetrievalSet& set,
                       std::optional<TrecExport>& trec, const ProgressFn& progress,
                       const ExpansionOptions& expansion) {
  // These reject NaN and infinity and name the row.
  const auto images = VectorIndex::view(set.images, "the vectors of the images");
  VectorIndex::view(set.texts, "the vectors of the captions");
  if (expansion.active()) {
    RetrievalSet expanded = set;
    expand_queries(images, expansion, expanded.texts);
    model.ranks = rank_expanded(set, expanded, progress, "ranking, " + model.label);
    if (trec && &model == &result.models.front()) start_trec(*trec, result, set);
    if (trec) trec->write_runs(model.label, expanded, progress);
    summarize_model(result, model);
    model.examples = example_rows(expanded, model.ranks, result.top_k);
    measure_hubs(model, set, expanded, result.failures.hub_k);
    return;
  }
  model.ranks = rank_pairs(set, progress, "ranking, " + model.label);
  if (trec) {
    if (&model == &result.models.front()) start_trec(*trec, result, set);
    trec->write_runs(model.label, set, progress);
  }
  summarize_model(result, model);
  model.examples = example_rows(set, model.ranks, result.top_k);
  measure_hubs(model, set, set, result.failures.hub_k);
}

void summarize_model(const ExperimentResult& result, ModelResult& model) {
  // summarize() needs the sizes, not the vectors.
  RetrievalSet set;
  set.images = Matrix(static_cast<int64_t>(result.rows.size()), 0);
  set.texts = Matrix(static_cast<int64_t>(result.text_row.size()), 0);
  set.text_image = result.text_row;
  model.metrics = summarize(set, model.ranks, result.top_k);
  std::set<std::string> splits;
  for (const ExperimentRow& row : result.rows) splits.insert(row.split);
  if (splits.size() < 2) return;
  for (const std::string& split : splits)
    model.by_split[split] = metrics_of_split(result, set, model.ranks, split);
}

}  // namespace sightline
