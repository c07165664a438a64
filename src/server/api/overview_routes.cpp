// /v1/suggest, /v1/facets, /v1/timeline and /v1/places
#include <sightline/error.h>
#include <sightline/library_overview.h>

#include "base/text.h"
#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr size_t kMostText = 10'000;

// The filter of the query in the parameter q.
Filter filter_of(const HttpRequest& request) {
  const std::string text = request.parameter("q").value_or("");
  check_text("q", text, kMostText);
  return is_blank(text) ? Filter{} : parse_query(text).filter;
}

Json values_json(const std::vector<FacetValue>& values) {
  Json json = Json::array();
  for (const FacetValue& value : values)
    json.push_back({{"value", value.value}, {"count", value.count}});
  return json;
}

HttpResponse facets_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q"});
  const LibraryFacets facets =
      library_facets(*service.library().view().collection, filter_of(request));
  Json json = {{"matching", facets.matching},
               {"cameras", values_json(facets.cameras)},
               {"lenses", values_json(facets.lenses)},
               {"tags", values_json(facets.tags)},
               {"folders", values_json(facets.folders)},
               {"datasets", values_json(facets.datasets)},
               {"ratings", values_json(facets.ratings)}};
  if (!facets.first_date.empty())
    json["dates"] = {{"from", facets.first_date}, {"to", facets.last_date}};
  return json_response(json);
}

HttpResponse timeline_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q"});
  const LibraryTimeline timeline =
      library_timeline(*service.library().view().collection, filter_of(request));
  Json months = Json::array();
  for (const TimelineMonth& month : timeline.months)
    months.push_back({{"month", month.month}, {"count", month.count}});
  return json_response({{"months", std::move(months)}, {"undated", timeline.undated}});
}

HttpResponse places_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q", "cell"});
  const double cell = parse_number("cell", request.parameter("cell").value_or("1"), 0.01, 90);
  const LibraryPlaces places =
      library_places(*service.library().view().collection, filter_of(request), cell);
  Json cells = Json::array();
  for (const PlaceCell& one : places.cells) {
    cells.push_back({{"latitude", one.latitude},
                     {"longitude", one.longitude},
                     {"count", one.count},
                     {"id", std::to_string(one.key)}});
  }
  return json_response({{"cells", std::move(cells)}, {"without", places.without}});
}

// "query": the whole query with the suggestion in the place of its last word.
HttpResponse suggest_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q", "k"});
  const std::string text = request.parameter("q").value_or("");
  check_text("q", text, kMostText);
  const auto most =
      static_cast<int>(parse_integer("k", request.parameter("k").value_or("10"), 1, 50));
  Json suggestions = Json::array();
  for (const Suggestion& one :
       library_suggestions(*service.library().view().collection, text, most)) {
    suggestions.push_back({{"insert", one.insert},
                           {"query", text.substr(0, one.at) + one.insert},
                           {"label", one.label},
                           {"kind", one.kind},
                           {"count", one.count}});
  }
  return json_response({{"suggestions", std::move(suggestions)}});
}

}  // namespace

void add_overview_routes(Router& router, Service& service) {
  using Make = HttpResponse (*)(Service&, const HttpRequest&);
  const auto add = [&](const char* pattern, Make make) {
    router.add({"GET", pattern, RouteAccess::read, 0, [&service, make](const Call& call) {
                  answer_later(service, call,
                               [&service, call, make] { return make(service, call.request()); });
                }});
  };
  add("/v1/suggest", suggest_response);
  add("/v1/facets", facets_response);
  add("/v1/timeline", timeline_response);
  add("/v1/places", places_response);
}

}  // namespace sightline::server
