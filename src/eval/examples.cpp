#include "eval/examples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "eval/gather_rows.h"

namespace sightline {
namespace {

constexpr size_t kExamplesPerKind = 3;

std::vector<int64_t> best_to_worst(const RetrievalRanks& ranks) {
  std::vector<int64_t> order(ranks.text_rank.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  const auto key = [&](int64_t text) {
    const double similarity = ranks.own_similarity[static_cast<size_t>(text)];
    return std::pair(ranks.text_rank[static_cast<size_t>(text)],
                     std::isnan(similarity) ? INFINITY : -similarity);
  };
  std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return key(a) < key(b); });
  return order;
}

// The middle element, then the elements at distance 1 before and after it, at distance 2, ...
std::vector<int64_t> middle_outwards(const std::vector<int64_t>& order) {
  std::vector<int64_t> out;
  if (order.empty()) return out;
  const size_t middle = (order.size() - 1) / 2;
  out.push_back(order[middle]);
  for (size_t step = 1; step <= order.size() - 1 - middle; ++step) {
    if (step <= middle) out.push_back(order[middle - step]);
    out.push_back(order[middle + step]);
  }
  return out;
}

// Candidates for examples of one kind, in order of preference.
struct Queue {
  ExampleKind kind;
  std::vector<int64_t> texts;
  size_t next = 0;  // first candidate not yet considered
};

// Images and texts that are already used by an example.
struct Used {
  std::set<int64_t> images, identities;

  // Returns false if the image or the text of `text` is already used.
  bool add(const RetrievalSet& set, int64_t text) {
    const auto t = static_cast<size_t>(text);
    const int64_t identity = set.text_identity.empty() ? text : set.text_identity[t];
    if (images.contains(set.text_image[t]) || identities.contains(identity)) return false;
    images.insert(set.text_image[t]);
    identities.insert(identity);
    return true;
  }
};

std::vector<ExampleRow> pick(const RetrievalSet& set, const RetrievalRanks& ranks) {
  const std::vector<int64_t> order = best_to_worst(ranks);
  std::array<Queue, 3> queues = {{{ExampleKind::best, order, 0},
                                  {ExampleKind::median, middle_outwards(order), 0},
                                  {ExampleKind::worst, {order.rbegin(), order.rend()}, 0}}};
  Used used;
  std::vector<ExampleRow> rows;
  for (size_t round = 0; round < kExamplesPerKind; ++round) {
    for (Queue& queue : queues) {
      while (queue.next < queue.texts.size() && !used.add(set, queue.texts[queue.next]))
        ++queue.next;
      if (queue.next == queue.texts.size()) continue;
      const int64_t text = queue.texts[queue.next];
      rows.push_back({queue.kind,
                      text,
                      ranks.text_rank[static_cast<size_t>(text)],
                      ranks.own_similarity[static_cast<size_t>(text)],
                      {}});
    }
  }
  std::ranges::stable_sort(rows, {}, &ExampleRow::kind);
  return rows;
}

}  // namespace

std::vector<ExampleRow> example_rows(const RetrievalSet& set, const RetrievalRanks& ranks, int k) {
  std::vector<ExampleRow> rows = pick(set, ranks);
  std::vector<int64_t> texts;
  for (const ExampleRow& row : rows) texts.push_back(row.text);
  auto hits = VectorIndex::view(set.images, "the vectors of the images")
                  .search(gather_rows(set.texts, texts), {.k = k});
  for (size_t i = 0; i < rows.size(); ++i) rows[i].hits = std::move(hits[i]);
  return rows;
}

}  // namespace sightline
