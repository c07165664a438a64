// /v1/judging and /v1/evaluation
#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "server/api/answer.h"
#include "server/api/hit_json.h"
#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr size_t kMostQueries = 1000, kMostText = 10'000;

// An image of a pool, with its item.
using Pool = std::map<int64_t, VectorItem>;  // by the number of the image

// The first `depth` hits of every loaded model.
Pool pool_of(Service& service, const std::string& text, int depth) {
  const Query query = parse_query(text);
  Pool pool;
  for (const LibraryModel& model : service.library().library().info().models) {
    const std::string& name = model.provenance.fingerprint;
    if (!model.active && !service.library().is_loaded(name)) continue;
    const LibraryView view = service.library().view(model.active ? "" : name);
    SearchResult result = service.searches().search_now(view, {&query, 1}, {.k = depth});
    std::vector<int64_t> rows;
    for (const SearchHit& hit : result.queries[0].hits) rows.push_back(hit.row);
    const std::vector<int64_t> keys = view.collection->keys(rows);
    for (size_t i = 0; i < keys.size(); ++i)
      pool.emplace(keys[i], std::move(result.queries[0].hits[i].item));
  }
  return pool;
}

// An order that hides the ranks and is the same at each call.
std::vector<int64_t> shuffled(const Pool& pool, const std::string& query) {
  std::vector<std::pair<Digest, int64_t>> order;
  for (const auto& [key, item] : pool)
    order.emplace_back(Sha256().update(query + "\n" + std::to_string(key)).digest(), key);
  std::ranges::sort(order);
  std::vector<int64_t> keys;
  for (const auto& [digest, key] : order) keys.push_back(key);
  return keys;
}

HttpResponse pool_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"query", "depth"});
  const auto depth =
      static_cast<int>(parse_integer("depth", request.parameter("depth").value_or("20"), 1, 100));
  const std::string query(trimmed(request.parameter("query").value_or("")));
  check_text("query", query, kMostText);
  const Pool pool = pool_of(service, query, depth);
  const std::map<int64_t, int> grades = service.judgements().grades(query);
  const LibraryView view = service.library().view();
  Json items = Json::array();
  for (const int64_t key : shuffled(pool, query)) {
    Json item = item_json(pool.at(key), key, *view.paths);
    if (const auto grade = grades.find(key); grade != grades.end())
      item["judgement"] = grade->second > 0 ? "relevant" : "irrelevant";
    items.push_back(std::move(item));
  }
  return json_response({{"query", query}, {"items", std::move(items)}});
}

HttpResponse queries_response(Service& service) {
  std::map<std::string, int64_t> judged;
  for (const Judgement& one : service.judgements().list()) ++judged[one.query];
  Json queries = Json::array();
  for (const std::string& query : service.judgements().queries_to_judge())
    queries.push_back({{"query", query}, {"judged", judged[query]}});
  return json_response({{"queries", std::move(queries)}});
}

HttpResponse set_queries(Service& service, const HttpRequest& request) {
  const nlohmann::json body = parse_json_body(request);
  check_members(body, {"queries"});
  std::vector<std::string> queries;
  for (const std::string& text : texts_member(body, "queries", kMostQueries)) {
    check_text("queries", text, kMostText);
    std::string query(trimmed(text));
    parse_query(query);  // refuses what cannot be searched for
    if (std::ranges::find(queries, query) == queries.end()) queries.push_back(std::move(query));
  }
  service.judgements().set_queries_to_judge(queries);
  return queries_response(service);
}

Json metric_json(const FeedbackMetric& metric) {
  Json json = {{"name", metric.name}, {"value", metric.value}, {"queries", metric.queries}};
  if (metric.interval) json["interval"] = {metric.interval->low, metric.interval->high};
  return json;
}

Json metrics_json(const std::vector<FeedbackMetric>& metrics) {
  Json json = Json::array();
  for (const FeedbackMetric& metric : metrics)
    if (metric.queries > 0) json.push_back(metric_json(metric));
  return json;
}

// Of every model that is in memory; without and with its correction.
Json models_json(Service& service, const std::vector<Judgement>& judgements) {
  Json models = Json::array();
  for (const LibraryModel& model : service.library().library().info().models) {
    const std::string& name = model.provenance.fingerprint;
    if (!model.active && !service.library().is_loaded(name)) continue;
    const LibraryView view = service.library().view(model.active ? "" : name);
    const auto add = [&](const TextCorrection* correction) {
      const FeedbackModel found =
          evaluate_judgements(judgements, *view.collection, *view.model, correction);
      models.push_back({{"name", model.name},
                        {"active", model.active},
                        {"correction", found.correction ? Json(*found.correction) : Json(nullptr)},
                        {"metrics", metrics_json(found.metrics)}});
    };
    add(nullptr);
    if (const auto correction = service.corrections().active(name)) add(correction.get());
  }
  return models;
}

HttpResponse evaluation_response(Service& service) {
  const std::vector<Judgement> judgements = service.judgements().list();
  std::set<std::string> relevant;
  for (const Judgement& one : judgements)
    if (one.grade.value_or(0) > 0) relevant.insert(one.query);
  Json history = Json::array();
  for (const FeedbackDay& day : quality_by_day(service.judgements().history())) {
    Json json = metric_json(day.precision);
    json["day"] = day.day;
    json["judgements"] = day.judgements;
    history.push_back(std::move(json));
  }
  Json json = {{"queries", relevant.size()}, {"judgements", judgements.size()}};
  json["models"] = relevant.empty() ? Json::array() : models_json(service, judgements);
  json["metrics"] = json["models"].empty() ? Json::array() : json["models"][0]["metrics"];
  json["history"] = std::move(history);
  return json_response(json);
}

}  // namespace

void add_judging_routes(Router& router, Service& service) {
  const auto later = [&](const char* method, const char* pattern, RouteAccess access, int64_t body,
                         HttpResponse (*make)(Service&, const HttpRequest&)) {
    add_later(router, service, {method, pattern, access, body, [&service, make](const Call& call) {
                                  return make(service, call.request());
                                }});
  };
  later("GET", "/v1/judging/queries", RouteAccess::read, 0,
        [](Service& s, const HttpRequest&) { return queries_response(s); });
  later("PUT", "/v1/judging/queries", RouteAccess::change, 16 << 20, set_queries);
  later("GET", "/v1/judging/pool", RouteAccess::read, 0, pool_response);
  later("GET", "/v1/evaluation", RouteAccess::read, 0, [](Service& s, const HttpRequest&) {
    return after_long_work(s, [&s] { return evaluation_response(s); });
  });
}

}  // namespace sightline::server
