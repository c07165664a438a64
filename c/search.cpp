// Searching a library. hits.cpp returns what was found.
#include <sightline/feedback.h>
#include <sightline/search.h>

#include <algorithm>
#include <limits>

#include "call.h"
#include "handles.h"
#include "scan_types.h"

namespace sightline::c {
namespace {

constexpr const char* kOptionsName = "sightline_search_options";

sightline_search_options default_options() {
  const CollectionSearchOptions from;
  sightline_search_options options = {};
  options.struct_size = sizeof options;
  options.k = from.k;
  options.min_similarity = from.min_similarity;
  options.fdr = from.significance.fdr;
  options.judge = options.correction = 1;
  return options;
}

// Options of the C API as the library has them. What they point to is stored here.
struct Request {
  sightline_search_options given;
  std::vector<Query> queries;
  CollectionSearchOptions options;
  std::shared_ptr<const NullModel> null_model;
  std::shared_ptr<const TextCorrection> correction;
};

bool has_text(const std::vector<Query>& queries) {
  return std::ranges::any_of(queries, [](const Query& query) {
    return std::ranges::any_of(query.terms,
                               [](const QueryTerm& term) { return term.type == QueryType::text; });
  });
}

Request read_request(const char* const* queries, size_t count,
                     const sightline_search_options* options, ProgressFn progress) {
  Request request{read_options(options, default_options(), kOptionsName), {}, {}, {}, {}};
  const sightline_search_options& given = request.given;
  const bool literal = flag(given.literal, "literal");
  for (const std::string& text : strings(queries, count, "queries")) {
    request.queries.push_back(literal ? text_query(text) : parse_query(text));
    read_query_images(request.queries.back());
  }
  CollectionSearchOptions& to = request.options;
  to.k = given.k;
  to.scan = scan_type(given.scan);
  to.offset = given.offset;
  to.min_similarity = given.min_similarity;
  to.diversity = given.diversity;
  to.significance.fdr = given.fdr;
  to.templates = strings(given.templates, given.template_count, "templates");
  if (flag(given.group, "group")) to.group = NearDuplicateOptions{};
  flag(given.judge, "judge");
  flag(given.correction, "correction");
  to.progress = std::move(progress);
  return request;
}

void add_judgement(Request& request, const sightline_library& library,
                   const std::shared_ptr<const Collection>& collection, const Model& model) {
  if (request.given.judge == 1 && has_text(request.queries)) {
    request.null_model = library.null_models.of(library.library, collection, model,
                                                request.options.templates, request.given.cache);
    request.options.null_model = request.null_model.get();
  }
  if (request.given.correction == 1) {
    request.correction = Corrections(library.library.path()).active(model.info().fingerprint);
    request.options.correction = request.correction.get();
  }
}

// Per query and hit, where the images of the hit and of its duplicates are.
std::vector<std::vector<std::vector<sightline_hits::Place>>> places_of(
    const SearchResult& result, const Collection& collection) {
  const auto place = [&](const VectorItem& item, int64_t row) {
    return sightline_hits::Place{collection.file_of(item).string(),
                                 collection.keys({&row, 1}).front()};
  };
  std::vector<std::vector<std::vector<sightline_hits::Place>>> places;
  for (const QueryHits& query : result.queries) {
    auto& of_query = places.emplace_back();
    for (const SearchHit& hit : query.hits) {
      auto& of_hit = of_query.emplace_back();
      of_hit.push_back(place(hit.item, hit.row));
      for (const SearchDuplicate& other : hit.duplicates)
        of_hit.push_back(place(other.item, other.row));
    }
  }
  return places;
}

sightline_hits* search(const sightline_library& library, const Model* model, Request request) {
  auto collection = library.library.collection(model == nullptr ? "" : model->info().fingerprint);
  if (model != nullptr) add_judgement(request, library, collection, *model);
  SearchResult result =
      model == nullptr ? search_collection(*collection, request.queries, request.options)
                       : search_collection(*collection, *model, request.queries, request.options);
  auto places = places_of(result, *collection);
  return new sightline_hits{std::move(result), std::move(collection), std::move(places)};
}

}  // namespace

}  // namespace sightline::c

using namespace sightline::c;

sightline_status sightline_search_options_init(sightline_search_options* options,
                                               size_t struct_size, sightline_error* error) {
  return guarded(error,
                 [&] { write_struct(options, struct_size, default_options(), kOptionsName); });
}

sightline_status sightline_library_search(const sightline_library* library,
                                          const sightline_model* model, const char* const* queries,
                                          size_t count, const sightline_search_options* options,
                                          sightline_progress_fn progress, void* user_data,
                                          sightline_hits** hits, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(hits, "hits");
    const sightline_library& own = required(library, "library");
    out = search(own, model == nullptr ? nullptr : model->model.get(),
                 read_request(queries, count, options, progress_of(progress, user_data)));
  });
}
