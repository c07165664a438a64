// /v1/suggest, /v1/facets, /v1/timeline and /v1/places
#include <sightline/error.h>
#include <sightline/library_overview.h>

#include <functional>
#include <memory>

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

std::string facets_json(const Collection& library, const Filter& filter) {
  const LibraryFacets facets = library_facets(library, filter);
  Json json = {{"matching", facets.matching},
               {"cameras", values_json(facets.cameras)},
               {"lenses", values_json(facets.lenses)},
               {"tags", values_json(facets.tags)},
               {"folders", values_json(facets.folders)},
               {"datasets", values_json(facets.datasets)},
               {"ratings", values_json(facets.ratings)}};
  if (!facets.first_date.empty())
    json["dates"] = {{"from", facets.first_date}, {"to", facets.last_date}};
  return json_text(json);
}

std::string timeline_json(const Collection& library, const Filter& filter) {
  const LibraryTimeline timeline = library_timeline(library, filter);
  Json months = Json::array();
  for (const TimelineMonth& month : timeline.months)
    months.push_back({{"month", month.month}, {"count", month.count}});
  return json_text(Json{{"months", std::move(months)}, {"undated", timeline.undated}});
}

std::string places_json(const Collection& library, const Filter& filter, double cell) {
  const LibraryPlaces places = library_places(library, filter, cell);
  Json cells = Json::array();
  for (const PlaceCell& one : places.cells) {
    cells.push_back({{"latitude", one.latitude},
                     {"longitude", one.longitude},
                     {"count", one.count},
                     {"id", std::to_string(one.key)}});
  }
  return json_text(Json{{"cells", std::move(cells)}, {"without", places.without}});
}

// Keeps the answer for the whole library, which every page asks for.
HttpResponse overview(Service& service, const HttpRequest& request, const std::string& name,
                      const std::function<std::string(const Collection&, const Filter&)>& make) {
  const Filter filter = filter_of(request);
  const std::shared_ptr<const Collection> library = service.library().view().collection;
  HttpResponse out;
  const auto answer = [&] { return make(*library, filter); };
  out.body = filter.empty() ? service.answers().find(library, name, answer) : answer();
  return out;
}

HttpResponse facets_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q"});
  return overview(service, request, "facets", facets_json);
}

HttpResponse timeline_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q"});
  return overview(service, request, "timeline", timeline_json);
}

HttpResponse places_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"q", "cell"});
  const std::string text = request.parameter("cell").value_or("1");
  const double cell = parse_number("cell", text, 0.01, 90);
  return overview(service, request, "places " + std::to_string(cell),
                  [cell](const Collection& library, const Filter& filter) {
                    return places_json(library, filter, cell);
                  });
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
    add_later(router, service,
              {"GET", pattern, RouteAccess::read, 0,
               [&service, make](const Call& call) { return make(service, call.request()); }});
  };
  add("/v1/suggest", suggest_response);
  add("/v1/facets", facets_response);
  add("/v1/timeline", timeline_response);
  add("/v1/places", places_response);
}

}  // namespace sightline::server
