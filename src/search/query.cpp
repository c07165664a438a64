#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/query.h>

#include <cmath>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "search/filter/check_filter.h"

namespace sightline {
namespace {

Query of_term(QueryTerm term) {
  Query query;
  query.name = term.name;
  query.terms.push_back(std::move(term));
  return query;
}

}  // namespace

std::string_view query_type_name(QueryType type) {
  switch (type) {
    case QueryType::text:
      return "text";
    case QueryType::image:
      return "image";
    case QueryType::vector:
      return "vector";
    case QueryType::item:
      break;
  }
  return "item";
}

bool is_composed(const Query& query) {
  return query.terms.size() != 1 || query.terms[0].weight != 1 || !query.filter.empty() ||
         query.min_similarity || query.order != QueryOrder{};
}

Query text_query(std::string text) {
  return of_term({QueryType::text, checked_query(std::move(text))});
}

Query image_query(const std::filesystem::path& file) {
  return image_query(path_id(file), read_file(file, ImageLimits{}.max_bytes));
}

Query image_query(std::string name, std::vector<uint8_t> bytes) {
  return of_term({QueryType::image, std::move(name), std::move(bytes)});
}

Query vector_query(std::string name, std::vector<float> vector) {
  return of_term({QueryType::vector, std::move(name), {}, std::move(vector)});
}

Query item_query(std::string name) {
  if (is_blank(name))
    throw Error(ErrorCode::invalid_argument, "the name of an item to search for is blank");
  return of_term({QueryType::item, checked_text(std::move(name))});
}

Query item_query(int64_t key) {
  QueryTerm term{QueryType::item, std::to_string(key)};
  term.key = key;
  return of_term(std::move(term));
}

void read_query_images(Query& query) {
  for (QueryTerm& term : query.terms) {
    if (term.type != QueryType::image || !term.bytes.empty()) continue;
    term.bytes = read_file(path_of_id(term.name), ImageLimits{}.max_bytes);
  }
}

void check_query(const Query& query) {
  const std::string& name = query.name;
  if (query.terms.empty() && query.filter.empty()) {
    throw Error(ErrorCode::invalid_argument, "the query '", name,
                "' has neither terms nor a filter");
  }
  for (const QueryTerm& term : query.terms) {
    const bool named = term.type == QueryType::text || term.type == QueryType::item;
    if (named && is_blank(term.name))
      throw Error(ErrorCode::invalid_argument, "a term of the query '", name, "' is blank");
    if (std::isfinite(term.weight) && term.weight != 0) continue;
    throw Error(ErrorCode::invalid_argument, "a term of the query '", name, "' has the weight ",
                term.weight, "; expected a finite number that is not 0");
  }
  if (query.min_similarity && std::isnan(*query.min_similarity)) {
    throw Error(ErrorCode::invalid_argument, "the similarity threshold of the query '", name,
                "' is NaN");
  }
  filter::check_filter(query.filter);
}

}  // namespace sightline
