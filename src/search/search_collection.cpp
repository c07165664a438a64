#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "search/encode_queries.h"

namespace sightline {
namespace {

bool has_image(std::span<const Query> queries) {
  return std::ranges::any_of(queries, [](const Query& q) { return q.type == QueryType::image; });
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

// Looks up the items of all hits in one call.
std::vector<QueryHits> describe_hits(const Collection& collection, std::span<const Query> queries,
                                     const std::vector<std::vector<Hit>>& found) {
  std::vector<int64_t> rows;
  for (const auto& hits : found) {
    for (const Hit& hit : hits) rows.push_back(hit.index);
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const std::vector<VectorItem> items = collection.items(rows);
  std::vector<QueryHits> out;
  for (size_t q = 0; q < queries.size(); ++q) {
    QueryHits answer{queries[q].type, queries[q].name, {}};
    for (const Hit& hit : found[q]) {
      const auto at = std::ranges::lower_bound(rows, hit.index) - rows.begin();
      answer.hits.push_back({static_cast<int64_t>(answer.hits.size()) + 1, hit.similarity,
                             hit.index, items[static_cast<size_t>(at)]});
    }
    out.push_back(std::move(answer));
  }
  return out;
}

SearchResult search_with(const Collection& collection, const Model* model,
                         std::span<const Query> queries, const SearchOptions& options) {
  if (queries.empty()) {
    throw Error(ErrorCode::invalid_argument, "a search needs at least one query");
  }
  SearchResult result;
  result.type = collection.type();
  result.collection = collection.path();
  result.parts = collection.parts();
  result.rows = collection.vectors().rows();
  result.provenance = collection.provenance();
  result.encoding = collection.encoding();
  result.warnings = collection.warnings();
  if (model != nullptr) {
    check_model(collection, *model, queries, result.warnings);
    result.model = model->info().name;
    result.fingerprint = model->info().fingerprint;
  }
  const Matrix vectors =
      encode_queries(queries, model, collection.vectors().dim(), result.warnings);
  const auto hits = collection.vectors().search(vectors, options, &result.statistics);
  result.queries = describe_hits(collection, queries, hits);
  if (result.rows == 0) {
    result.warnings.push_back("there is nothing to search in " + quoted(collection.path()));
  }
  return result;
}

}  // namespace

SearchResult search_collection(const Collection& collection, const Model& model,
                               std::span<const Query> queries, const SearchOptions& options) {
  return search_with(collection, &model, queries, options);
}

SearchResult search_collection(const Collection& collection, std::span<const Query> queries,
                               const SearchOptions& options) {
  return search_with(collection, nullptr, queries, options);
}

}  // namespace sightline
