// /v1/feedback and /v1/corrections
#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"
#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr size_t kMostText = 10'000;
constexpr int64_t kMostQrelsBytes = 16 << 20, kMostRank = 1'000'000;
constexpr int64_t kBody = 64 << 10;

std::optional<int> grade_of(const std::string& judgement) {
  if (judgement == "relevant") return 1;
  if (judgement == "irrelevant") return 0;
  if (judgement == "none") return std::nullopt;
  throw Error(ErrorCode::invalid_argument, "'judgement' is '", printable(judgement, 60),
              "'; expected relevant, irrelevant or none");
}

HttpResponse add_judgement(Service& service, const HttpRequest& request) {
  const nlohmann::json body = parse_json_body(request);
  check_members(body, {"query", "id", "judgement", "rank", "model"});
  Judgement made;
  made.query = std::string(trimmed(required_text(body, "query")));
  check_text("query", made.query, kMostText);
  made.image = parse_id(required_text(body, "id"));
  const std::string judgement = required_text(body, "judgement");
  made.grade = grade_of(judgement);
  made.rank = integer_member(body, "rank", 0, kMostRank).value_or(0);
  made.source = "page";
  const LibraryView view = service.library().view(text_member(body, "model").value_or(""));
  made.model = view.about.name;
  made.fingerprint = view.about.provenance.fingerprint;
  const auto row = view.collection->row_of_key(made.image);
  if (!row) throw Error(ErrorCode::not_found, "there is no image ", made.image);
  const int64_t rows[] = {*row};
  made.item = view.collection->items(rows)[0].id;
  service.judgements().add({&made, 1});
  return json_response(
      {{"query", made.query}, {"id", std::to_string(made.image)}, {"judgement", judgement}}, 201);
}

Json judgement_json(const Judgement& one) {
  return {{"query", one.query},
          {"id", std::to_string(one.image)},
          {"judgement", one.grade.value_or(0) > 0 ? "relevant" : "irrelevant"},
          {"grade", one.grade.value_or(0)},
          {"time", utc_text(one.time_ms / 1000)},
          {"rank", one.rank},
          {"model", one.model}};
}

HttpResponse list_judgements(Service& service, const HttpRequest& request) {
  check_parameters(request, {"query", "offset"});
  const int64_t offset =
      parse_integer("offset", request.parameter("offset").value_or("0"), 0, 1'000'000'000);
  auto query = request.parameter("query");
  if (query) {
    check_text("query", *query, kMostText);
    query = std::string(trimmed(*query));
  }
  const std::vector<Judgement> all = service.judgements().list(query);
  const auto total = static_cast<int64_t>(all.size());
  Json judgements = Json::array();
  for (int64_t i = offset; i < std::min(total, offset + 1000); ++i)
    judgements.push_back(judgement_json(all[static_cast<size_t>(i)]));
  return json_response({{"total", total}, {"judgements", std::move(judgements)}});
}

HttpResponse count_judgements(Service& service) {
  const JudgementCounts counts = service.judgements().counts();
  return json_response({{"judgements", counts.judgements},
                        {"relevant", counts.relevant},
                        {"irrelevant", counts.irrelevant},
                        {"queries", counts.queries}});
}

HttpResponse text_response(std::string text) {
  HttpResponse out;
  out.type = "text/plain; charset=utf-8";
  out.body = std::move(text);
  return out;
}

// Images are named by their numbers, so that no path is disclosed.
HttpResponse export_qrels(Service& service) {
  std::vector<Judgement> judgements = service.judgements().list();
  if (!service.options().show_paths) {
    for (Judgement& one : judgements) one.item.clear();
  }
  return text_response(qrels_text(judgements));
}

HttpResponse import_qrels_of(Service& service, const HttpRequest& request) {
  const LibraryView view = service.library().view();
  const QrelsImport done = import_qrels(service.judgements(), *view.collection, request.body);
  return json_response(
      {{"added", done.added}, {"unknown", static_cast<int64_t>(done.unknown.size())}});
}

Json version_json(const CorrectionVersion& version) {
  const CorrectionFigures& figures = version.figures;
  Json json = {{"version", version.version > 0 ? Json(version.version) : Json(nullptr)},
               {"created", utc_text(version.created_ms / 1000)},
               {"model", version.model},
               {"accepted", figures.accepted},
               {"reason", figures.reason},
               {"judgements", figures.judgements},
               {"queries", figures.queries},
               {"before", figures.before},
               {"after", figures.after},
               {"difference", figures.difference},
               {"p", figures.p},
               {"overlap", figures.overlap}};
  if (figures.interval) json["interval"] = {figures.interval->low, figures.interval->high};
  return json;
}

HttpResponse list_corrections(Service& service) {
  const Corrections& corrections = service.corrections();
  Json versions = Json::array(), active = nullptr;
  for (const CorrectionVersion& version : corrections.versions()) {
    versions.push_back(version_json(version));
    if (version.active) active = version.version;
  }
  return json_response({{"enabled", corrections.enabled()},
                        {"active", corrections.enabled() ? active : Json(nullptr)},
                        {"versions", std::move(versions)}});
}

// Ends when nobody waits for the answer, as when the server is stopped.
HttpResponse learn_correction(Service& service, const Call& call) {
  const LibraryView view = service.library().view();
  LearningOptions options;
  options.progress = [&](const ProgressUpdate&) {
    if (call.exchange->abandoned())
      throw Error(ErrorCode::cancelled, "the client of the request has left");
  };
  return json_response(version_json(
      service.corrections().learn(service.judgements(), *view.collection, *view.model, options)));
}

HttpResponse choose_correction(Service& service, const HttpRequest& request) {
  const nlohmann::json body = parse_json_body(request);
  check_members(body, {"version"});
  if (const auto version = integer_member(body, "version", 1, INT64_MAX)) {
    service.corrections().use(*version);
  } else if (body.contains("version")) {
    service.corrections().turn_off();
  } else {
    throw Error(ErrorCode::invalid_argument,
                "'version' is absent; expected the number of a correction, or null for none");
  }
  return list_corrections(service);
}

}  // namespace

void add_feedback_routes(Router& router, Service& service) {
  const auto later = [&](const char* method, const char* pattern, RouteAccess access, int64_t body,
                         std::function<HttpResponse(const HttpRequest&)> make) {
    add_later(router, service, {method, pattern, access, body, [make](const Call& call) {
                                  return make(call.request());
                                }});
  };
  constexpr auto kRead = RouteAccess::read, kChange = RouteAccess::change;
  later("POST", "/v1/feedback", kChange, kBody,
        [&service](const HttpRequest& request) { return add_judgement(service, request); });
  later("GET", "/v1/feedback", kRead, 0,
        [&service](const HttpRequest& request) { return list_judgements(service, request); });
  later("GET", "/v1/feedback/summary", kRead, 0,
        [&service](const HttpRequest&) { return count_judgements(service); });
  later("GET", "/v1/feedback/qrels", kRead, 0,
        [&service](const HttpRequest&) { return export_qrels(service); });
  later("GET", "/v1/feedback/queries", kRead, 0, [&service](const HttpRequest&) {
    return text_response(queries_text(service.judgements().list()));
  });
  later("POST", "/v1/feedback/qrels", kChange, kMostQrelsBytes,
        [&service](const HttpRequest& request) { return import_qrels_of(service, request); });
  later("GET", "/v1/corrections", kRead, 0,
        [&service](const HttpRequest&) { return list_corrections(service); });
  add_later(router, service, {"POST", "/v1/corrections", kChange, 0, [&service](const Call& call) {
                                return after_long_work(
                                    service, [&] { return learn_correction(service, call); });
                              }});
  later("PUT", "/v1/corrections/active", kChange, kBody,
        [&service](const HttpRequest& request) { return choose_correction(service, request); });
}

}  // namespace sightline::server
