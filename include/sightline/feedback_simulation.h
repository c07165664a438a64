// Simulated users of feedback: how much search gains from judgements, and what is refused.
//
// Labels of images take the place of users' wishes: a query is a label, and images that have it are
// relevant. A simulated user looks at the best images, with a probability that falls with the rank,
// and judges them with some errors (Craswell et al., 2008, call this the position model).
#pragma once

#include <sightline/feedback.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// honest: by the labels; random: by a coin; contrary: the opposite of the labels; first: the first
// image is relevant and the others are not; taste: likes half of the images, whatever the query is.
enum class SimulatedJudge { honest, random, contrary, first, taste };
std::string_view simulated_judge_name(SimulatedJudge judge);

struct SimulatedUser {
  SimulatedJudge judge = SimulatedJudge::honest;
  double noise = 0.05;         // probability that a judgement is wrong
  double position_bias = 0.5;  // the image at rank r is judged with probability (1 / r)^this
  int depth = 20;              // images that may be judged
};

struct SimulationOptions {
  SimulatedUser user;
  std::vector<int64_t> queries = {25, 50, 100, 200, 400};  // judged queries of the learning curve
  int repeats = 10;                             // random choices of judged and held-out queries
  int judge_repeats = 20;                       // of each dishonest judge
  int64_t judge_queries = 200;                  // that these judge
  double held_out = 1.0 / 3;                    // share of the queries, never judged
  int64_t min_relevant = 2, max_relevant = 50;  // images of a label that is a query
  LearningOptions learning;
  uint64_t seed = 1;
};

// A value on held-out queries, before and after, with an interval of the difference (bootstrap over
// queries).
struct SimulatedGain {
  double before = 0, after = 0;
  std::optional<Interval> interval;
};

// Learned corrections after some judged queries. A refused correction is not applied.
struct CorrectionPoint {
  int64_t queries = 0;
  double judgements = 0;  // mean
  int64_t trials = 0, accepted = 0;
  double overlap = 0;  // mean of CorrectionFigures::overlap
  SimulatedGain ndcg_at_10, recall_at_50;
};

// Rocchio on one query after some judgements of it. The judged images are left out of the rankings
// (the residual collection: Salton, Buckley, 1990).
struct RocchioPoint {
  int64_t judgements = 0;
  RocchioWeights weights;
  SimulatedGain ndcg_at_10;
};

struct JudgePoint {
  SimulatedJudge judge = SimulatedJudge::random;
  int64_t trials = 0, accepted = 0;
  double before = 0, after = 0;  // mean quality of held-out judgements
  double overlap = 0;
};

struct FeedbackSimulation {
  std::string dataset, model;
  int64_t images = 0, queries = 0;
  std::vector<CorrectionPoint> corrections;
  std::vector<RocchioPoint> rocchio;          // with the default weights
  std::vector<RocchioPoint> rocchio_weights;  // five judgements, on one half of the queries
  std::vector<JudgePoint> judges;
};

// Labels are the captions of an image and, separated by '|', its fields "keywords" and "tags".
// Throws invalid_argument if there are fewer than 30 queries, and what encoding and `progress`
// throw.
FeedbackSimulation simulate_feedback(const Collection& collection, const Model& model,
                                     const std::string& dataset,
                                     const SimulationOptions& options = {});

// Returns the results as JSON text (docs/formats/json.md).
std::string simulation_json(std::span<const FeedbackSimulation> simulations,
                            const SimulationOptions& options);

}  // namespace sightline
