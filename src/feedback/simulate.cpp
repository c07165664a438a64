#include "feedback/simulate.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "search/text_terms.h"

namespace sightline {
namespace feedback {
namespace {

RankingQuality quality_of(const std::vector<Hit>& hits, const std::vector<int64_t>& relevant,
                          const std::set<int64_t>& without) {
  constexpr int64_t kDepth = 10, kRecallDepth = 50;
  const auto is_left_out = [&](int64_t row) { return without.contains(row); };
  const int64_t wanted =
      static_cast<int64_t>(relevant.size()) - std::ranges::count_if(relevant, is_left_out);
  RankingQuality out;
  if (wanted == 0) return out;
  double gain = 0, ideal = 0, found = 0;
  int64_t rank = 0;
  for (const Hit& hit : hits) {
    if (is_left_out(hit.index)) continue;
    if (++rank > kRecallDepth) break;
    if (!std::ranges::binary_search(relevant, hit.index)) continue;
    ++found;
    if (rank <= kDepth) gain += 1 / std::log2(static_cast<double>(rank) + 1);
  }
  for (int64_t i = 1; i <= std::min(kDepth, wanted); ++i)
    ideal += 1 / std::log2(static_cast<double>(i) + 1);
  out.ndcg_at_10 = gain / ideal;
  out.recall_at_50 = found / static_cast<double>(wanted);
  return out;
}

}  // namespace

std::vector<RankingQuality> rank_queries(const SimulationData& data,
                                         const std::vector<int64_t>& queries, const Matrix& vectors,
                                         const std::vector<std::set<int64_t>>& without) {
  size_t most = 0;
  for (const auto& rows : without) most = std::max(most, rows.size());
  const auto hits = data.images.search(vectors, {.k = 50 + static_cast<int>(most)});
  std::vector<RankingQuality> out;
  for (size_t i = 0; i < queries.size(); ++i) {
    const auto& relevant = data.queries[static_cast<size_t>(queries[i])].relevant;
    out.push_back(
        quality_of(hits[i], relevant, without.empty() ? std::set<int64_t>() : without[i]));
  }
  return out;
}

}  // namespace feedback

namespace {

using namespace feedback;

SimulationData simulation_data(const Collection& collection, const Model& model,
                               const SimulationOptions& options) {
  SimulationData data{collection.vectors(), {}, {}, {}};
  data.queries = label_queries(collection, options.min_relevant, options.max_relevant);
  if (data.queries.size() < 30) {
    throw Error(ErrorCode::invalid_argument, "a simulation needs 30 labels that ",
                options.min_relevant, " to ", options.max_relevant, " images have; ",
                quoted(collection.path()), " has ", data.queries.size());
  }
  std::vector<std::string> texts, ignored;
  for (const LabelQuery& query : data.queries) texts.push_back(query.text);
  const Encoder encoder(model);
  data.texts = encode_text_terms(texts, encoder, {}, ignored).vectors;
  data.background = encode_text_terms(background_texts(), encoder, {}, ignored).vectors;
  return data;
}

Json gain_json(const SimulatedGain& gain) {
  Json json = {{"before", gain.before}, {"after", gain.after}};
  if (gain.interval) json["interval"] = {gain.interval->low, gain.interval->high};
  return json;
}

Json rocchio_json(const std::vector<RocchioPoint>& points) {
  Json json = Json::array();
  for (const RocchioPoint& point : points) {
    json.push_back({{"judgements", point.judgements},
                    {"beta", point.weights.beta},
                    {"gamma", point.weights.gamma},
                    {"ndcg_at_10", gain_json(point.ndcg_at_10)}});
  }
  return json;
}

Json simulation_to_json(const FeedbackSimulation& simulation) {
  Json corrections = Json::array(), judges = Json::array();
  for (const CorrectionPoint& point : simulation.corrections) {
    corrections.push_back({{"queries", point.queries},
                           {"judgements", point.judgements},
                           {"trials", point.trials},
                           {"accepted", point.accepted},
                           {"overlap", point.overlap},
                           {"ndcg_at_10", gain_json(point.ndcg_at_10)},
                           {"recall_at_50", gain_json(point.recall_at_50)}});
  }
  for (const JudgePoint& point : simulation.judges) {
    judges.push_back({{"judge", simulated_judge_name(point.judge)},
                      {"trials", point.trials},
                      {"accepted", point.accepted},
                      {"before", point.before},
                      {"after", point.after},
                      {"overlap", point.overlap}});
  }
  return {{"dataset", simulation.dataset},
          {"model", simulation.model},
          {"images", simulation.images},
          {"queries", simulation.queries},
          {"corrections", std::move(corrections)},
          {"rocchio", rocchio_json(simulation.rocchio)},
          {"rocchio_weights", rocchio_json(simulation.rocchio_weights)},
          {"judges", std::move(judges)}};
}

}  // namespace

FeedbackSimulation simulate_feedback(const Collection& collection, const Model& model,
                                     const std::string& dataset, const SimulationOptions& options) {
  const SimulationData data = simulation_data(collection, model, options);
  FeedbackSimulation out;
  out.dataset = dataset;
  out.model = model.info().name;
  out.images = collection.vectors().rows();
  out.queries = static_cast<int64_t>(data.queries.size());
  // Weights are compared on one half of the queries, and the curve is of the other half.
  std::vector<int64_t> halves[2];
  for (int64_t q = 0; q < out.queries; ++q) halves[q % 2].push_back(q);
  for (const double beta : {0.1, 0.25, 0.5, 0.75, 1.5, 3.0}) {
    for (const double gamma : {0.0, 0.15, 0.5}) {
      out.rocchio_weights.push_back(
          simulate_rocchio(data, halves[0], 5, {1, beta, gamma}, options));
    }
  }
  for (const int64_t judgements : {1, 2, 3, 5, 10, 20})
    out.rocchio.push_back(simulate_rocchio(data, halves[1], judgements, {}, options));
  out.corrections = simulate_corrections(data, options);
  out.judges = simulate_judges(data, options);
  return out;
}

std::string simulation_json(std::span<const FeedbackSimulation> simulations,
                            const SimulationOptions& options) {
  Json list = Json::array();
  for (const FeedbackSimulation& one : simulations) list.push_back(simulation_to_json(one));
  return json_text(Json{{"noise", options.user.noise},
                        {"position_bias", options.user.position_bias},
                        {"depth", options.user.depth},
                        {"repeats", options.repeats},
                        {"judge_repeats", options.judge_repeats},
                        {"judge_queries", options.judge_queries},
                        {"held_out", options.held_out},
                        {"seed", options.seed},
                        {"simulations", std::move(list)}},
                   2);
}

}  // namespace sightline
