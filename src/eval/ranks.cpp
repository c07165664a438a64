// Ranks of right answers, as sightline/evaluation.h defines them.
#include <sightline/error.h>
#include <sightline/evaluation.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "eval/similarity.h"

namespace sightline {
namespace {

// For every query the candidates that are right, ascending and without repeats.
using RightAnswers = std::vector<std::vector<int64_t>>;

void check_set(const RetrievalSet& set) {
  const auto texts = static_cast<size_t>(set.texts.rows);
  if (set.text_image.size() != texts ||
      (!set.text_identity.empty() && set.text_identity.size() != texts)) {
    throw Error(ErrorCode::invalid_argument,
                "a retrieval set of " + std::to_string(texts) + " texts has " +
                    std::to_string(set.text_image.size()) + " picture indices and " +
                    std::to_string(set.text_identity.size()) + " text identities");
  }
  for (const int64_t image : set.text_image) {
    if (image < 0 || image >= set.images.rows) {
      throw Error(ErrorCode::invalid_argument,
                  "a text belongs to picture " + std::to_string(image) + ", expected 0 to " +
                      std::to_string(set.images.rows - 1));
    }
  }
}

// Turns 0..M-1 into groups of texts with the same words; one group a text where none are given.
std::vector<std::vector<int64_t>> texts_by_identity(const RetrievalSet& set,
                                                    std::vector<int64_t>& group_of_text) {
  const auto count = static_cast<size_t>(set.texts.rows);
  group_of_text.resize(count);
  std::map<int64_t, int64_t> number;
  std::vector<std::vector<int64_t>> groups;
  for (size_t t = 0; t < count; ++t) {
    const int64_t identity = set.text_identity.empty() ? static_cast<int64_t>(t)
                                                       : set.text_identity[t];
    const auto [at, fresh] = number.try_emplace(identity, static_cast<int64_t>(groups.size()));
    if (fresh) groups.emplace_back();
    group_of_text[t] = at->second;
    groups[static_cast<size_t>(at->second)].push_back(static_cast<int64_t>(t));
  }
  return groups;
}

void sort_unique(std::vector<int64_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

struct BothDirections {
  RightAnswers images_of_text;
  RightAnswers texts_of_image;
};

BothDirections strict_answers(const RetrievalSet& set) {
  BothDirections right;
  right.images_of_text.resize(static_cast<size_t>(set.texts.rows));
  right.texts_of_image.resize(static_cast<size_t>(set.images.rows));
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    right.images_of_text[t] = {set.text_image[t]};
    right.texts_of_image[static_cast<size_t>(set.text_image[t])].push_back(static_cast<int64_t>(t));
  }
  return right;
}

BothDirections equivalent_answers(const RetrievalSet& set) {
  std::vector<int64_t> group_of_text;
  const auto groups = texts_by_identity(set, group_of_text);
  BothDirections right;
  right.images_of_text.resize(static_cast<size_t>(set.texts.rows));
  right.texts_of_image.resize(static_cast<size_t>(set.images.rows));
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    const auto& same = groups[static_cast<size_t>(group_of_text[t])];
    auto& texts = right.texts_of_image[static_cast<size_t>(set.text_image[t])];
    texts.insert(texts.end(), same.begin(), same.end());
    for (const int64_t other : same) {
      right.images_of_text[t].push_back(set.text_image[static_cast<size_t>(other)]);
    }
    sort_unique(right.images_of_text[t]);
  }
  for (auto& texts : right.texts_of_image) sort_unique(texts);
  return right;
}

// The best similarity of each query's right answers: NaN where there is none that is a number.
std::vector<double> best_right(const Matrix& queries, const Matrix& candidates,
                               const RightAnswers& right) {
  std::vector<double> best(right.size(), std::numeric_limits<double>::quiet_NaN());
  for (size_t q = 0; q < right.size(); ++q) {
    for (const int64_t c : right[q]) {
      const double value = similarity(queries.row(static_cast<int64_t>(q)), candidates.row(c));
      if (!(value <= best[q]) && !std::isnan(value)) best[q] = value;
    }
  }
  return best;
}

// Counts the wrong candidates that are not below the right one. All candidates are counted first
// and the right ones taken off again: they are few.
std::vector<int64_t> ranks_of(const Matrix& queries, const Matrix& candidates,
                              const RightAnswers& right) {
  const std::vector<double> best = best_right(queries, candidates, right);
  std::vector<int64_t> rank(right.size(), 1);
  for_each_similarity(queries, candidates, [&](int64_t q, int64_t, std::span<const double> values) {
    const double own = best[static_cast<size_t>(q)];
    int64_t before = 0;
    for (const double value : values) before += !(value < own);
    rank[static_cast<size_t>(q)] += before;
  });
  for (size_t q = 0; q < right.size(); ++q) {
    if (right[q].empty()) {
      rank[q] = 0;
    } else if (std::isnan(best[q])) {
      rank[q] = candidates.rows + 1;
    } else {
      for (const int64_t c : right[q]) {
        rank[q] -= !(similarity(queries.row(static_cast<int64_t>(q)), candidates.row(c)) < best[q]);
      }
    }
  }
  return rank;
}

}  // namespace

RetrievalRanks rank_pairs(const RetrievalSet& set) {
  check_set(set);
  RetrievalRanks ranks;
  const BothDirections strict = strict_answers(set);
  ranks.own_similarity.resize(set.text_image.size());
  if (set.texts.rows > 0 && set.texts.dim != set.images.dim) {
    throw Error(ErrorCode::invalid_argument,
                "texts have " + std::to_string(set.texts.dim) + " numbers, pictures " +
                    std::to_string(set.images.dim));
  }
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    ranks.own_similarity[t] =
        similarity(set.texts.row(static_cast<int64_t>(t)), set.images.row(set.text_image[t]));
  }
  ranks.text_rank = ranks_of(set.texts, set.images, strict.images_of_text);
  ranks.image_rank = ranks_of(set.images, set.texts, strict.texts_of_image);
  const BothDirections equivalent = equivalent_answers(set);
  ranks.text_rank_equivalent = equivalent.images_of_text == strict.images_of_text
                                   ? ranks.text_rank
                                   : ranks_of(set.texts, set.images, equivalent.images_of_text);
  ranks.image_rank_equivalent = equivalent.texts_of_image == strict.texts_of_image
                                    ? ranks.image_rank
                                    : ranks_of(set.images, set.texts, equivalent.texts_of_image);
  return ranks;
}

}  // namespace sightline
