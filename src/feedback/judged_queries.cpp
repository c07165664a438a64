#include "feedback/judged_queries.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "search/text_terms.h"

namespace sightline::feedback {
namespace {

constexpr double kNearlyEqual = 0.95;  // cosine of two texts

// The text of a query that is one text, with or without filters.
std::optional<std::string> only_text(const std::string& query) {
  try {
    const Query parsed = parse_query(query);
    if (parsed.terms.size() != 1 || parsed.terms[0].type != QueryType::text ||
        parsed.terms[0].weight != 1)
      return std::nullopt;
    return parsed.terms[0].name;
  } catch (const Error&) {  // it was accepted by another version of the query language
    return std::nullopt;
  }
}

struct Judged {
  std::string text;
  std::vector<int64_t> relevant, irrelevant;  // rows of the collection
};

// Queries with images of both kinds, in the order of their first judgement in the list.
std::vector<Judged> collect(std::span<const Judgement> judgements, const Collection& collection) {
  std::map<std::string, size_t> places;
  std::vector<Judged> all;
  for (const Judgement& one : judgements) {
    const std::optional<std::string> text = only_text(one.query);
    if (!text || !one.grade) continue;
    const std::optional<int64_t> row = collection.row_of_key(one.image);
    if (!row) continue;
    const auto [at, is_new] = places.try_emplace(one.query, all.size());
    if (is_new) all.push_back({*text, {}, {}});
    Judged& to = all[at->second];
    (*one.grade > 0 ? to.relevant : to.irrelevant).push_back(*row);
  }
  std::erase_if(all, [](const Judged& q) { return q.relevant.empty() || q.irrelevant.empty(); });
  if (all.size() > kMostQueries) all.resize(kMostQueries);
  return all;
}

Matrix encode_texts(const std::vector<Judged>& queries, const Model& model) {
  if (queries.empty()) return {0, model.info().embedding_dim};
  std::vector<std::string> texts;
  for (const Judged& query : queries) texts.push_back(query.text);
  std::vector<std::string> ignored;
  return encode_text_terms(texts, Encoder(model), {}, ignored).vectors;
}

int64_t root_of(std::vector<int64_t>& parents, int64_t i) {
  while (parents[static_cast<size_t>(i)] != i) i = parents[static_cast<size_t>(i)];
  return i;
}

}  // namespace

JudgedQueries judged_queries(std::span<const Judgement> judgements, const Collection& collection,
                             const Model& model) {
  const std::vector<Judged> queries = collect(judgements, collection);
  JudgedQueries out;
  out.texts = encode_texts(queries, model);
  std::map<int64_t, int64_t> place_of_row;
  const auto places = [&](const std::vector<int64_t>& rows) {
    std::vector<int64_t> found;
    for (const int64_t row : rows) {
      const auto next = static_cast<int64_t>(place_of_row.size());
      found.push_back(place_of_row.try_emplace(row, next).first->second);
    }
    return found;
  };
  for (const Judged& query : queries) {
    out.relevant.push_back(places(query.relevant));
    out.irrelevant.push_back(places(query.irrelevant));
    out.judgements += static_cast<int64_t>(query.relevant.size() + query.irrelevant.size());
  }
  out.images = Matrix(static_cast<int64_t>(place_of_row.size()), collection.vectors().dim());
  for (const auto& [row, place] : place_of_row)
    collection.vectors().copy_row(row, out.images.row(place));
  out.groups = group_texts(out.texts);
  return out;
}

std::vector<int64_t> group_texts(const Matrix& texts) {
  std::vector<int64_t> parents(static_cast<size_t>(texts.rows));
  std::iota(parents.begin(), parents.end(), int64_t{0});
  for (int64_t i = 0; i < texts.rows; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      const auto a = texts.row(i), b = texts.row(j);
      if (std::inner_product(a.begin(), a.end(), b.begin(), 0.0) < kNearlyEqual) continue;
      const int64_t one = root_of(parents, i), other = root_of(parents, j);
      parents[static_cast<size_t>(std::max(one, other))] = std::min(one, other);
    }
  }
  std::map<int64_t, int64_t> numbers;
  std::vector<int64_t> groups;
  for (int64_t i = 0; i < texts.rows; ++i) {
    const auto next = static_cast<int64_t>(numbers.size());
    groups.push_back(numbers.try_emplace(root_of(parents, i), next).first->second);
  }
  return groups;
}

}  // namespace sightline::feedback
