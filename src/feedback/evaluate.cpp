// The quality of results by judgements.
#include <sightline/error.h>
#include <sightline/feedback.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <numeric>
#include <set>

#include "feedback/judged_metrics.h"
#include "feedback/mean_interval.h"
#include "search/query_vectors.h"

namespace sightline {
namespace {

using feedback::JudgedImage;

constexpr int kDepth = 10;

// A judged query whose terms are texts, with a relevant image.
struct JudgedQuery {
  Query query;
  std::map<int64_t, int> grades;  // by row of the collection
};

std::optional<Query> parse_texts(const std::string& text) {
  try {
    Query query = parse_query(text);
    const bool texts = !query.terms.empty() && std::ranges::all_of(query.terms, [](const auto& t) {
      return t.type == QueryType::text;
    });
    // The order of results is that of similarities.
    query.order = {SortKey::similarity};
    query.min_similarity.reset();
    if (texts) return query;
  } catch (const Error&) {  // it was accepted by another version of the query language
  }
  return std::nullopt;
}

std::vector<JudgedQuery> judged(std::span<const Judgement> judgements,
                                const Collection& collection) {
  std::map<std::string, std::map<int64_t, int>> by_text;
  for (const Judgement& one : judgements) {
    if (!one.grade) continue;
    if (const auto row = collection.row_of_key(one.image))
      by_text[one.query].emplace(*row, *one.grade);
  }
  std::vector<JudgedQuery> out;
  for (auto& [text, grades] : by_text) {
    if (std::ranges::none_of(grades, [](const auto& one) { return one.second > 0; })) continue;
    if (auto query = parse_texts(text)) out.push_back({std::move(*query), std::move(grades)});
  }
  return out;
}

bool have_vectors(std::span<const Query> queries, const Collection& collection, const Model& model,
                  const TextCorrection* correction) {
  try {
    std::vector<std::string> ignored;
    query_vectors(queries, collection, &model, {}, correction, ignored);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    return false;
  }
}

// Removes queries whose terms cancel each other: nothing can be searched for.
void remove_without_vector(std::vector<JudgedQuery>& queries, const Collection& collection,
                           const Model& model, const TextCorrection* correction) {
  std::vector<Query> composed;
  for (const JudgedQuery& one : queries)
    if (one.query.terms.size() > 1) composed.push_back(one.query);
  if (composed.empty() || have_vectors(composed, collection, model, correction)) return;
  std::erase_if(queries, [&](const JudgedQuery& one) {
    return one.query.terms.size() > 1 &&
           !have_vectors({&one.query, 1}, collection, model, correction);
  });
}

double similarity(const Collection& collection, int64_t row, std::span<const float> query) {
  std::vector<float> vector(query.size());
  collection.vectors().copy_row(row, vector);
  return std::inner_product(vector.begin(), vector.end(), query.begin(), 0.0);
}

FeedbackMetric metric(const std::string& name, const std::vector<double>& values,
                      const StatisticsOptions& options) {
  return {name, feedback::mean_of(values), feedback::mean_interval(values, options),
          static_cast<int64_t>(values.size())};
}

std::string day_of(int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm utc{};
  char text[40];
  if (::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d", &utc) == 0)
    return "unknown";
  return text;
}

}  // namespace

FeedbackModel evaluate_judgements(std::span<const Judgement> judgements,
                                  const Collection& collection, const Model& model,
                                  const TextCorrection* correction,
                                  const StatisticsOptions& options) {
  FeedbackModel out;
  out.model = model.info().name;
  out.fingerprint = model.info().fingerprint;
  if (correction != nullptr) out.correction = correction->version();
  std::vector<JudgedQuery> queries = judged(judgements, collection);
  remove_without_vector(queries, collection, model, correction);
  std::vector<double> precision, ndcg, bpref;
  if (!queries.empty()) {
    std::vector<Query> parsed;
    for (const JudgedQuery& one : queries) parsed.push_back(one.query);
    const SearchResult found =
        search_collection(collection, model, parsed, {.k = kDepth, .correction = correction});
    std::vector<std::string> ignored;
    const Matrix vectors =
        query_vectors(parsed, collection, &model, {}, correction, ignored).vectors;
    for (size_t q = 0; q < queries.size(); ++q) {
      const auto& grades = queries[q].grades;
      const auto relevant = std::ranges::count_if(found.queries[q].hits, [&](const auto& hit) {
        const auto at = grades.find(hit.row);
        return at != grades.end() && at->second > 0;
      });
      precision.push_back(static_cast<double>(relevant) / kDepth);
      std::vector<JudgedImage> images;
      for (const auto& [row, grade] : grades)
        images.push_back(
            {similarity(collection, row, vectors.row(static_cast<int64_t>(q))), grade});
      // Without an irrelevant image, both are 1 whatever the ranking is.
      if (std::ranges::none_of(images, [](const auto& image) { return image.grade == 0; }))
        continue;
      ndcg.push_back(feedback::condensed_ndcg(images, kDepth));
      bpref.push_back(feedback::binary_preference(images));
    }
  }
  out.metrics = {metric("P@10", precision, options), metric("nDCG@10", ndcg, options),
                 metric("bpref", bpref, options)};
  return out;
}

std::vector<FeedbackDay> quality_by_day(std::span<const Judgement> history,
                                        const StatisticsOptions& options) {
  struct Day {
    int64_t judgements = 0;
    std::map<std::string, std::map<int64_t, int>> grades;  // by query and image
  };
  std::map<std::string, Day> days;
  for (const Judgement& one : history) {
    Day& day = days[day_of(one.time_ms)];
    ++day.judgements;
    if (one.rank < 1 || one.rank > kDepth) continue;
    if (one.grade) {
      day.grades[one.query][one.image] = *one.grade;
    } else {
      day.grades[one.query].erase(one.image);
    }
  }
  std::vector<FeedbackDay> out;
  for (const auto& [name, day] : days) {
    std::vector<double> shares;
    for (const auto& [query, grades] : day.grades) {
      if (grades.empty()) continue;
      const auto relevant =
          std::ranges::count_if(grades, [](const auto& one) { return one.second > 0; });
      shares.push_back(static_cast<double>(relevant) / static_cast<double>(grades.size()));
    }
    out.push_back({name, day.judgements, metric("judged P@10", shares, options)});
  }
  return out;
}

}  // namespace sightline
