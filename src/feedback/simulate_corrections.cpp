// Simulated judgements, corrections learned from them, and their effect on held-out queries.
#include <algorithm>
#include <map>
#include <numeric>

#include "feedback/judged_queries.h"
#include "feedback/learn_map.h"
#include "feedback/mean_interval.h"
#include "feedback/simulate.h"
#include "feedback/simulated_user.h"

namespace sightline::feedback {
namespace {

constexpr uint64_t kSplit = 1, kJudge = 2, kDishonest = 3, kRocchio = 4;  // of random numbers

Matrix gather(const Matrix& from, const std::vector<int64_t>& rows) {
  Matrix out(static_cast<int64_t>(rows.size()), from.dim);
  for (size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(from.row(rows[i]), out.row(static_cast<int64_t>(i)).begin());
  return out;
}

// A random division of the queries into those that may be judged and those that are held out.
struct Split {
  std::vector<int64_t> judged, held_out;
};

Split split_queries(const SimulationData& data, const SimulationOptions& options, int repeat) {
  std::vector<int64_t> order(data.queries.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  Random({options.seed, kSplit, static_cast<uint64_t>(repeat)}).shuffle(order);
  const auto held =
      static_cast<std::ptrdiff_t>(options.held_out * static_cast<double>(order.size()));
  return {{order.begin() + held, order.end()}, {order.begin(), order.begin() + held}};
}

// The user's judgements of the best images for these queries.
JudgedQueries simulate_judgements(const SimulationData& data, const std::vector<int64_t>& queries,
                                  const SimulatedUser& user, Random& random) {
  const auto rankings = data.images.search(gather(data.texts, queries), {.k = user.depth});
  std::vector<int64_t> kept, rows;
  std::map<int64_t, int64_t> places;
  JudgedQueries out;
  for (size_t i = 0; i < queries.size(); ++i) {
    std::vector<int64_t> kinds[2];  // irrelevant, relevant
    const auto& relevant = data.queries[static_cast<size_t>(queries[i])].relevant;
    for (const SimulatedJudgement& one : judge_ranking(rankings[i], relevant, user, random)) {
      const auto [at, is_new] = places.try_emplace(one.row, static_cast<int64_t>(rows.size()));
      if (is_new) rows.push_back(one.row);
      kinds[one.relevant ? 1 : 0].push_back(at->second);
      ++out.judgements;
    }
    if (kinds[0].empty() || kinds[1].empty()) continue;
    kept.push_back(queries[i]);
    out.irrelevant.push_back(std::move(kinds[0]));
    out.relevant.push_back(std::move(kinds[1]));
  }
  out.texts = gather(data.texts, kept);
  out.images = Matrix(static_cast<int64_t>(rows.size()), data.images.dim());
  for (size_t i = 0; i < rows.size(); ++i)
    data.images.copy_row(rows[i], out.images.row(static_cast<int64_t>(i)));
  out.groups = group_texts(out.texts);
  return out;
}

std::vector<int64_t> first_of(const std::vector<int64_t>& queries, int64_t count) {
  const auto end = std::min(count, static_cast<int64_t>(queries.size()));
  return {queries.begin(), queries.begin() + end};
}

// Values of queries over repeats; a query counts in those in which it is held out.
class Gains {
 public:
  explicit Gains(size_t queries) : before_(queries), difference_(queries), count_(queries) {}

  void add(int64_t query, double before, double after) {
    const auto q = static_cast<size_t>(query);
    before_[q] += before;
    difference_[q] += after - before;
    count_[q] += 1;
  }

  SimulatedGain result(const StatisticsOptions& options) const {
    RatioStatistic ratio;
    double before = 0, difference = 0, count = 0;
    for (size_t q = 0; q < count_.size(); ++q) {
      if (count_[q] == 0) continue;
      ratio.sum.push_back(difference_[q]);
      ratio.weight.push_back(count_[q]);
      before += before_[q];
      difference += difference_[q];
      count += count_[q];
    }
    if (count == 0) return {};
    return {before / count, (before + difference) / count, ratio_interval(ratio, options)};
  }

 private:
  std::vector<double> before_, difference_, count_;
};

CorrectionPoint curve_point(const SimulationData& data, int64_t queries,
                            const SimulationOptions& options) {
  CorrectionPoint point;
  point.queries = queries;
  Gains ndcg(data.queries.size()), recall(data.queries.size());
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const Split split = split_queries(data, options, repeat);
    Random random({options.seed, kJudge, static_cast<uint64_t>(repeat)});
    const JudgedQueries judged =
        simulate_judgements(data, first_of(split.judged, queries), options.user, random);
    const LearnedMap learned = learn_map(judged, data.background, data.images, options.learning);
    ++point.trials;
    point.judgements += static_cast<double>(judged.judgements) / options.repeats;
    point.overlap += learned.figures.overlap / options.repeats;
    Matrix texts = gather(data.texts, split.held_out);
    const auto before = rank_queries(data, split.held_out, texts);
    if (learned.figures.accepted) {
      ++point.accepted;
      for (int64_t i = 0; i < texts.rows; ++i) learned.map.apply(texts.row(i));
    }
    const auto after = rank_queries(data, split.held_out, texts);
    for (size_t i = 0; i < split.held_out.size(); ++i) {
      ndcg.add(split.held_out[i], before[i].ndcg_at_10, after[i].ndcg_at_10);
      recall.add(split.held_out[i], before[i].recall_at_50, after[i].recall_at_50);
    }
  }
  point.ndcg_at_10 = ndcg.result(options.learning.statistics);
  point.recall_at_50 = recall.result(options.learning.statistics);
  return point;
}

}  // namespace

std::vector<CorrectionPoint> simulate_corrections(const SimulationData& data,
                                                  const SimulationOptions& options) {
  std::vector<CorrectionPoint> out;
  for (const int64_t queries : options.queries) {
    const auto most = static_cast<double>(data.queries.size()) * (1 - options.held_out);
    if (static_cast<double>(queries) > most) break;
    if (options.learning.progress)
      options.learning.progress({"learning from simulated judgements", queries, -1, "", ""});
    out.push_back(curve_point(data, queries, options));
  }
  return out;
}

std::vector<JudgePoint> simulate_judges(const SimulationData& data,
                                        const SimulationOptions& options) {
  std::vector<JudgePoint> out;
  for (const SimulatedJudge judge : {SimulatedJudge::random, SimulatedJudge::contrary,
                                     SimulatedJudge::first, SimulatedJudge::taste}) {
    JudgePoint& point = out.emplace_back();
    point.judge = judge;
    SimulatedUser user = options.user;
    user.judge = judge;
    for (int repeat = 0; repeat < options.judge_repeats; ++repeat) {
      const Split split = split_queries(data, options, repeat);
      Random random(
          {options.seed, kDishonest, static_cast<uint64_t>(judge), static_cast<uint64_t>(repeat)});
      const JudgedQueries judged =
          simulate_judgements(data, first_of(split.judged, options.judge_queries), user, random);
      const CorrectionFigures figures =
          learn_map(judged, data.background, data.images, options.learning).figures;
      ++point.trials;
      point.accepted += figures.accepted;
      point.before += figures.before / options.judge_repeats;
      point.after += figures.after / options.judge_repeats;
      point.overlap += figures.overlap / options.judge_repeats;
    }
  }
  return out;
}

RocchioPoint simulate_rocchio(const SimulationData& data, const std::vector<int64_t>& queries,
                              int64_t judgements, const RocchioWeights& weights,
                              const SimulationOptions& options) {
  SimulatedUser user = options.user;
  user.position_bias = 0;  // the first images are judged, one after another
  user.depth = static_cast<int>(judgements);
  Random random({options.seed, kRocchio});
  const Matrix texts = gather(data.texts, queries);
  Matrix moved = texts;
  const auto rankings = data.images.search(texts, {.k = user.depth});
  std::vector<std::set<int64_t>> seen(queries.size());
  std::vector<float> image(static_cast<size_t>(data.images.dim()));
  for (size_t i = 0; i < queries.size(); ++i) {
    const auto& relevant = data.queries[static_cast<size_t>(queries[i])].relevant;
    const auto judged = judge_ranking(rankings[i], relevant, user, random);
    const auto positive = std::ranges::count_if(judged, &SimulatedJudgement::relevant);
    const auto negative = static_cast<std::ptrdiff_t>(judged.size()) - positive;
    const auto vector = moved.row(static_cast<int64_t>(i));
    for (float& value : vector) value = static_cast<float>(value * weights.alpha);
    for (const SimulatedJudgement& one : judged) {
      seen[i].insert(one.row);
      data.images.copy_row(one.row, image);
      const double weight = one.relevant ? weights.beta / static_cast<double>(positive)
                                         : -weights.gamma / static_cast<double>(negative);
      for (size_t d = 0; d < image.size(); ++d)
        vector[d] += static_cast<float>(weight * static_cast<double>(image[d]));
    }
  }
  const auto before = rank_queries(data, queries, texts, seen);
  const auto after = rank_queries(data, queries, moved, seen);
  Gains gains(data.queries.size());
  for (size_t i = 0; i < queries.size(); ++i) {
    const auto& relevant = data.queries[static_cast<size_t>(queries[i])].relevant;
    const bool all_seen =
        std::ranges::all_of(relevant, [&](int64_t row) { return seen[i].contains(row); });
    if (!all_seen) gains.add(queries[i], before[i].ndcg_at_10, after[i].ndcg_at_10);
  }
  return {judgements, weights, gains.result(options.learning.statistics)};
}

}  // namespace sightline::feedback
