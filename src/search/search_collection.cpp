#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "search/arrange_hits.h"
#include "search/expand_queries.h"
#include "search/find_rows.h"
#include "search/judge_hits.h"
#include "search/query_vectors.h"
#include "search/report_stage.h"

namespace sightline {
namespace {

constexpr const char* kReadingItems = "reading items";

bool has_image(std::span<const Query> queries) {
  return std::ranges::any_of(queries, [](const Query& query) {
    return std::ranges::any_of(query.terms,
                               [](const QueryTerm& t) { return t.type == QueryType::image; });
  });
}

// Hits among vectors of another model, or of another version of it, would look right and be wrong.
void check_model(const Collection& collection, const Model& model, std::span<const Query> queries,
                 std::vector<std::string>& warnings) {
  const std::string where = quoted(collection.path());
  const auto& provenance = collection.provenance();
  if (!provenance) {
    warnings.push_back("nothing says which model made " + where +
                       ", so that it cannot be verified that its vectors match the model '" +
                       model.info().name + "'");
  } else {
    require_model(*provenance, model.info(), where);
    if (has_image(queries) && provenance->kind == VectorKind::images &&
        !match_provenance(*provenance, provenance_of(model, VectorKind::images)).preprocessing) {
      warnings.push_back("query images are preprocessed in another way (" +
                         model.preprocess().describe() + ") than the images of " + where + " (" +
                         provenance->preprocessing + ")");
    }
  }
  if (provenance && provenance->kind == VectorKind::texts) {
    warnings.push_back("the vectors of " + where +
                       " are of texts, so that the hits are texts, not "
                       "images");
  }
  const int64_t dim = collection.vectors().dim();
  if (dim != model.info().embedding_dim) {
    throw Error(ErrorCode::invalid_argument, where, " has vectors of ", dim,
                " elements, the model '", model.info().name, "' makes ",
                model.info().embedding_dim);
  }
}

// A correction of another model's texts would move these ones anywhere.
std::optional<int64_t> version_of(const TextCorrection* correction, const ModelInfo& model) {
  if (correction == nullptr) return std::nullopt;
  if (correction->fingerprint() == model.fingerprint) return correction->version();
  throw Error(ErrorCode::invalid_argument, "correction ", correction->version(),
              " was learned for another model than '", model.name, "'");
}

QueryHits answer_to(const Query& query) {
  QueryHits answer{query.terms.empty() ? QueryType::text : query.terms[0].type, query.name, {}};
  if (!is_composed(query)) return answer;
  answer.query = query;
  for (QueryTerm& term : answer.query->terms) {
    term.bytes.clear();
    term.vector.clear();
  }
  return answer;
}

// The items of some rows that meet a filter, looked up in one call.
class ItemsOfRows {
 public:
  ItemsOfRows(const Collection& collection, std::vector<int64_t> rows, const Filter& filter)
      : rows_(std::move(rows)) {
    std::ranges::sort(rows_);
    rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
    items_ = filter.empty() ? collection.items(rows_) : collection.items_meeting(rows_, filter);
  }
  const VectorItem& of(int64_t row) const {
    return items_[static_cast<size_t>(std::ranges::lower_bound(rows_, row) - rows_.begin())];
  }

 private:
  std::vector<int64_t> rows_;
  std::vector<VectorItem> items_;
};

std::span<const Hit> duplicates_of(const FoundRows& found, const Hit& hit) {
  const auto at = found.duplicates.find(hit.index);
  return at == found.duplicates.end() ? std::span<const Hit>() : std::span<const Hit>(at->second);
}

// Whether several items may have one image, of which a filter selects some.
bool selects_items(const Collection& collection, const Query& query) {
  return collection.type() == CollectionType::library && !query.filter.empty();
}

std::vector<int64_t> rows_of(const FoundRows& found) {
  std::vector<int64_t> rows;
  for (const Hit& hit : found.hits) {
    rows.push_back(hit.index);
    for (const Hit& duplicate : duplicates_of(found, hit)) rows.push_back(duplicate.index);
  }
  return rows;
}

void add_hits(const FoundRows& found, const ItemsOfRows& items, int64_t offset,
              std::vector<SearchHit>& hits) {
  int64_t rank = offset;
  for (const Hit& hit : found.hits) {
    SearchHit& to = hits.emplace_back();
    to = {++rank, hit.similarity, hit.index, items.of(hit.index)};
    for (const Hit& one : duplicates_of(found, hit))
      to.duplicates.push_back({one.similarity, one.index, items.of(one.index)});
  }
}

std::vector<QueryHits> describe_hits(const Collection& collection, std::span<const Query> queries,
                                     const std::vector<FoundRows>& found,
                                     const CollectionSearchOptions& options) {
  report_stage(options, kReadingItems);
  std::vector<int64_t> rows;
  for (size_t q = 0; q < queries.size(); ++q) {
    if (!selects_items(collection, queries[q]))
      std::ranges::copy(rows_of(found[q]), std::back_inserter(rows));
  }
  const ItemsOfRows items(collection, std::move(rows), {});
  std::vector<QueryHits> out;
  for (size_t q = 0; q < queries.size(); ++q) {
    QueryHits answer = answer_to(queries[q]);
    answer.matching = found[q].matching;
    if (selects_items(collection, queries[q])) {
      report_stage(options, kReadingItems);
      add_hits(found[q], ItemsOfRows(collection, rows_of(found[q]), queries[q].filter),
               options.offset, answer.hits);
    } else {
      add_hits(found[q], items, options.offset, answer.hits);
    }
    out.push_back(std::move(answer));
  }
  return out;
}

void check_arguments(std::span<const Query> queries, const CollectionSearchOptions& options) {
  if (queries.empty()) {
    throw Error(ErrorCode::invalid_argument, "a search needs at least one query");
  }
  if (options.offset < 0) {
    throw Error(ErrorCode::invalid_argument, "the offset of a search is ", options.offset,
                "; expected 0 or more");
  }
  if (options.k < 1) {
    throw Error(ErrorCode::invalid_argument, "a search for ", options.k,
                " hits per query; expected 1 or more");
  }
  if (std::isnan(options.min_similarity))
    throw Error(ErrorCode::invalid_argument, "the similarity threshold is NaN");
  check_arrangement(options);
  check_expansion(options.expansion);
  if (options.expansion.active() && options.null_model != nullptr) {
    throw Error(ErrorCode::invalid_argument,
                "hits of expanded queries cannot be judged: search without query expansion, or "
                "without judging");
  }
  std::ranges::for_each(queries, check_query);
}

// Expands each query that has terms by its best items.
void expand(const Collection& collection, std::span<const Query> queries,
            const CollectionSearchOptions& options, Matrix& vectors) {
  if (!options.expansion.active()) return;
  CollectionSearchOptions first = options;
  first.k = options.expansion.hits;
  first.offset = 0;
  first.group.reset();
  first.diversity = 0;
  std::vector<Query> by_similarity(queries.begin(), queries.end());
  for (Query& query : by_similarity) query.order = {};
  SearchStatistics ignored;
  const std::vector<FoundRows> found =
      find_rows(collection, by_similarity, vectors, first, ignored);
  const CopyRow copy = [&](int64_t row, std::span<float> to) {
    collection.vectors().copy_row(row, to);
  };
  for (size_t q = 0; q < queries.size(); ++q) {
    if (!queries[q].terms.empty())
      expand_query(found[q].hits, options.expansion.weight, copy,
                   vectors.row(static_cast<int64_t>(q)));
  }
}

SearchResult search_with(const Collection& collection, const Model* model,
                         std::span<const Query> queries, const CollectionSearchOptions& options) {
  check_arguments(queries, options);
  SearchResult result;
  result.type = collection.type();
  result.collection = collection.path();
  result.parts = collection.parts();
  result.rows = collection.vectors().live_rows();
  result.provenance = collection.provenance();
  result.encoding = collection.encoding();
  result.warnings = collection.warnings();
  if (model != nullptr) {
    check_model(collection, *model, queries, result.warnings);
    result.model = model->info().name;
    result.fingerprint = model->info().fingerprint;
    result.correction = version_of(options.correction, model->info());
  }
  result.templates = options.templates;
  report_stage(options, "encoding queries");
  const auto start = std::chrono::steady_clock::now();
  QueryVectors encoded = query_vectors(queries, collection, model, options.templates,
                                       options.correction, result.warnings);
  expand(collection, queries, options, encoded.vectors);
  const std::chrono::duration<double> encoding = std::chrono::steady_clock::now() - start;
  result.encode_seconds = encoding.count();
  const std::vector<FoundRows> found =
      find_rows(collection, queries, encoded.vectors, options, result.statistics);
  result.queries = describe_hits(collection, queries, found, options);
  for (size_t q = 0; q < queries.size(); ++q) result.queries[q].parts = encoded.parts[q];
  if (options.null_model != nullptr) {
    judge_hits(*options.null_model, queries, encoded.vectors, found, result.rows,
               options.significance, result.queries);
  }
  if (result.rows == 0) {
    result.warnings.push_back("there is nothing to search in " + quoted(collection.path()));
  }
  return result;
}

}  // namespace

SearchResult search_collection(const Collection& collection, const Model& model,
                               std::span<const Query> queries,
                               const CollectionSearchOptions& options) {
  return search_with(collection, &model, queries, options);
}

SearchResult search_collection(const Collection& collection, std::span<const Query> queries,
                               const CollectionSearchOptions& options) {
  return search_with(collection, nullptr, queries, options);
}

}  // namespace sightline
