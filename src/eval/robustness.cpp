#include "eval/robustness.h"

#include <sightline/error.h>

#include <algorithm>
#include <unordered_map>

#include "base/random.h"
#include "eval/noise.h"
#include "eval/noise_metrics.h"
#include "eval/rank_queries.h"

namespace sightline {
namespace {

void check_options(const NoiseOptions& options) {
  const auto has_duplicate = [](auto values) {
    std::ranges::sort(values);
    return std::ranges::adjacent_find(values) != values.end();
  };
  for (const double strength : options.strengths) {
    if (!(strength > 0 && strength <= 1)) {
      throw Error(
          ErrorCode::invalid_argument,
          "the strength of noise is a share of words, expected above 0 and at most 1, found ",
          strength);
    }
  }
  if (has_duplicate(options.kinds) || has_duplicate(options.strengths)) {
    throw Error(ErrorCode::invalid_argument, "a kind or a strength of noise is given twice");
  }
  if (options.max_captions < 1) {
    throw Error(ErrorCode::invalid_argument, "noise needs at least 1 caption, found a limit of ",
                options.max_captions);
  }
}

// Marks a random sample of at most `limit` of the indices 0..count-1, without replacement.
std::vector<bool> sample_captions(size_t count, int64_t limit, uint64_t seed) {
  std::vector<bool> sampled(count, true);
  if (static_cast<int64_t>(count) <= limit) return sampled;
  std::vector<size_t> order(count);
  for (size_t i = 0; i < count; ++i) order[i] = i;
  Random({seed, 0x63617074696f6e73u}).shuffle(order);
  sampled.assign(count, false);
  for (size_t i = 0; i < static_cast<size_t>(limit); ++i) sampled[order[i]] = true;
  return sampled;
}

std::span<const float> vector_of(const NoiseVectors& vectors, int64_t text_index) {
  return text_index < vectors.clean.rows ? vectors.clean.row(text_index)
                                         : vectors.noisy.row(text_index - vectors.clean.rows);
}

}  // namespace

NoisePlan::NoisePlan(const NoiseOptions& options, std::span<const std::string> captions) {
  check_options(options);
  for (const NoiseKind kind : options.kinds) {
    for (const double strength : options.strengths) conditions_.push_back({kind, strength});
  }
  if (conditions_.empty()) return;
  sampled_ = sample_captions(captions.size(), options.max_captions, options.seed);
  std::unordered_map<std::string, int64_t> index;
  for (const std::string& caption : captions) {
    index.try_emplace(caption, static_cast<int64_t>(index.size()));
  }
  for (const NoiseCondition& condition : conditions_) {
    auto& row = text_index_.emplace_back(captions.size(), -1);
    for (size_t i = 0; i < captions.size(); ++i) {
      if (!sampled_[i]) continue;
      const std::string text =
          add_noise(condition.kind, captions[i], condition.strength, options.seed);
      const auto [at, inserted] = index.try_emplace(text, static_cast<int64_t>(index.size()));
      if (inserted) texts_.push_back(text);
      row[i] = at->second;
    }
  }
}

std::vector<int64_t> own_image_ranks(const Matrix& queries, const Matrix& images,
                                     std::span<const int64_t> owner) {
  RelevantCandidates own(owner.size());
  for (size_t q = 0; q < owner.size(); ++q) own[q] = {owner[q]};
  return rank_queries(queries, images, own).rank;
}

Robustness measure_robustness(const NoisePlan& plan, const NoiseVectors& vectors, int top_k,
                              const StatisticsOptions& statistics, const ProgressFn& progress,
                              const std::string& stage) {
  std::vector<int64_t> owner, number, clean_rank;
  for (size_t t = 0; t < vectors.text_image.size(); ++t) {
    if (!plan.is_sampled(vectors.text_number[t])) continue;
    owner.push_back(vectors.text_image[t]);
    number.push_back(vectors.text_number[t]);
    clean_rank.push_back(vectors.text_rank[t]);
  }
  std::vector<std::vector<int64_t>> ranks = {clean_rank};
  Matrix queries(static_cast<int64_t>(owner.size()), vectors.images.dim);
  for (size_t c = 0; c < plan.conditions().size(); ++c) {
    for (size_t q = 0; q < owner.size(); ++q) {
      std::ranges::copy(vector_of(vectors, plan.text_index(c, number[q])),
                        queries.row(static_cast<int64_t>(q)).begin());
    }
    ranks.push_back(own_image_ranks(queries, vectors.images, owner));
    if (progress) {
      progress({"ranking, " + stage, static_cast<int64_t>(c) + 1,
                static_cast<int64_t>(plan.conditions().size()), ""});
    }
  }
  Robustness out;
  out.queries = static_cast<int64_t>(owner.size());
  out.candidates = vectors.images.rows;
  std::vector<NoisePoint> points = noise_points(ranks, owner, out.candidates, top_k, statistics,
                                                out.images, progress, "bootstrap, " + stage);
  out.clean = points[0];
  out.points.assign(points.begin() + 1, points.end());
  for (size_t c = 0; c < out.points.size(); ++c) {
    out.points[c].kind = plan.conditions()[c].kind;
    out.points[c].strength = plan.conditions()[c].strength;
  }
  return out;
}

}  // namespace sightline
