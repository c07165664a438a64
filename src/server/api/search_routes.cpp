// /v1/search and /v1/items/{id}/similar
#include <sightline/error.h>

#include "server/api/answer.h"
#include "server/api/hit_json.h"
#include "server/api/request_values.h"
#include "server/api/search_request.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

void start_search(Service& service, const Call& call, SearchRequest request) {
  // The answer shows the query as it was given, with the items that were named.
  auto shown = std::make_shared<const SearchRequest>(request);
  SearchDone done = [&service, call, shown](SearchAnswer answer, std::exception_ptr error) {
    answer_now(service, call, [&] {
      if (error) std::rethrow_exception(error);
      return json_response(search_json(answer, shown->settings, shown->query,
                                       service.judgements().grades(judged_text(shown->query))));
    });
  };
  if (!service.searches().add({request.settings, std::move(request.query), std::move(done)}))
    call.exchange->respond(busy());
}

void search(Service& service, const Call& call,
            std::function<SearchRequest(const HttpRequest&)> parse) {
  start_answer(service, call, [&service, call, parse = std::move(parse)] {
    SearchRequest request = parse(call.request());
    check_query(request.query);
    start_search(service, call, std::move(request));
  });
}

SearchRequest similar_request(const HttpRequest& request, const std::string& id) {
  check_parameters(request, {"k", "offset", "group", "model", "include_self"});
  const int64_t key = parse_id(id);
  const auto include_self = request.parameter("include_self");
  HttpRequest parameters;
  parameters.parameters = request.parameters;
  std::erase_if(parameters.parameters, [](const auto& one) { return one.first == "include_self"; });
  parameters.parameters.emplace_back("q", "like:" + std::to_string(key));
  SearchRequest out = parse_search_parameters(parameters);
  if (!include_self || !parse_flag("include_self", *include_self)) out.settings.without = key;
  return out;
}

}  // namespace

void add_search_routes(Router& router, Service& service) {
  router.add({"GET", "/v1/search", RouteAccess::read, 0,
              [&service](const Call& call) { search(service, call, parse_search_parameters); }});
  router.add({"POST", "/v1/search", RouteAccess::read, service.options().max_upload_bytes,
              [&service](const Call& call) { search(service, call, parse_search_body); }});
  router.add({"GET", "/v1/items/{id}/similar", RouteAccess::read, 0, [&service](const Call& call) {
                search(service, call, [id = call.values[0]](const HttpRequest& request) {
                  return similar_request(request, id);
                });
              }});
}

}  // namespace sightline::server
