// /v1/models, /v1/index and /v1/failures
#include <sightline/error.h>

#include <algorithm>

#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/http/problem.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

HttpResponse models_response(Service& service) {
  Json models = Json::array();
  for (const LibraryModel& model : service.library().library().info().models) {
    models.push_back({{"name", model.name},
                      {"fingerprint", model.provenance.fingerprint},
                      {"dim", model.dim},
                      {"precision", precision_name(model.provenance.computation.precision)},
                      {"active", model.active},
                      {"images", model.vectors},
                      {"missing", model.missing},
                      {"loaded", service.library().is_loaded(model.provenance.fingerprint)}});
  }
  return json_response({{"models", std::move(models)}});
}

Json progress_json(const IndexProgress& progress) {
  Json json = {{"stage", progress.stage}, {"done", progress.done}};
  const double rate =
      progress.seconds > 0 ? static_cast<double>(progress.done) / progress.seconds : 0;
  json["rate"] = rate;
  if (progress.total >= 0) {
    json["total"] = progress.total;
    if (rate > 0) json["seconds_left"] = static_cast<double>(progress.total - progress.done) / rate;
  }
  return json;
}

// Of an index run, with the paths that clients see.
Json summary_json(const IndexSummary& summary, const ShownPaths& paths) {
  Json json = {{"files", summary.files},     {"unchanged", summary.unchanged},
               {"moved", summary.moved},     {"added", summary.added},
               {"updated", summary.updated}, {"removed", summary.removed},
               {"encoded", summary.encoded}, {"reused", summary.reused},
               {"failed", summary.failed},   {"seconds", summary.seconds}};
  json["warnings"] = Json::array();
  for (const std::string& warning : summary.warnings)
    json["warnings"].push_back(paths.in_message(warning));
  return json;
}

HttpResponse index_response(Service& service) {
  const LibraryInfo info = service.library().library().info();
  const IndexState state = service.indexing().state();
  const ShownPaths paths(info, service.options().show_paths);
  Json json = {{"images", info.images},     {"files", info.files},       {"rows", info.rows},
               {"captions", info.captions}, {"failures", info.failures}, {"running", state.running},
               {"watching", state.watching}};
  if (state.progress) json["progress"] = progress_json(*state.progress);
  const auto writer = state.running ? std::nullopt : library_writer(info.path);
  json["writer"] = writer ? Json(*writer) : Json(nullptr);
  json["last"] = state.last ? summary_json(*state.last, paths) : Json(nullptr);
  if (!state.problem.empty()) json["problem"] = paths.in_message(state.problem);
  return json_response(json);
}

// Calls `change`; its refusals are conflicts.
HttpResponse changed_response(Service& service, const std::function<void(IndexRunner&)>& change) {
  const std::shared_ptr<const ShownPaths> paths = service.library().view().paths;
  try {
    change(service.indexing());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io && error.code() != ErrorCode::invalid_argument) throw;
    return problem(409, "", paths->in_message(error.what()));
  }
  return json_response({{"running", service.indexing().state().running}}, 202);
}

HttpResponse failures_response(Service& service, const HttpRequest& request) {
  check_parameters(request, {"k", "offset"});
  const int64_t k = parse_integer("k", request.parameter("k").value_or("100"), 1, 1000);
  const int64_t offset =
      parse_integer("offset", request.parameter("offset").value_or("0"), 0, 1'000'000'000);
  const std::vector<LibraryFailure> all = service.library().library().failures();
  const std::shared_ptr<const ShownPaths> paths = service.library().view().paths;
  const auto total = static_cast<int64_t>(all.size());
  Json failures = Json::array();
  for (int64_t i = offset; i < std::min(total, offset + k); ++i) {
    const LibraryFailure& one = all[static_cast<size_t>(i)];
    failures.push_back({{"path", paths->of_id(one.id)},
                        {"reason", paths->in_message(one.reason)},
                        {"attempts", one.attempts},
                        {"failed", one.failed},
                        {"retry", one.retry}});
  }
  return json_response({{"total", total}, {"failures", std::move(failures)}});
}

}  // namespace

void add_index_routes(Router& router, Service& service) {
  const auto later = [&](const char* method, const char* pattern, RouteAccess access,
                         std::function<HttpResponse(const HttpRequest&)> make) {
    add_later(router, service, {method, pattern, access, 0, [make](const Call& call) {
                                  return make(call.request());
                                }});
  };
  later("GET", "/v1/models", RouteAccess::read,
        [&service](const HttpRequest&) { return models_response(service); });
  later("GET", "/v1/index", RouteAccess::read,
        [&service](const HttpRequest&) { return index_response(service); });
  later("POST", "/v1/index", RouteAccess::change, [&service](const HttpRequest&) {
    return changed_response(service, [](IndexRunner& indexing) { indexing.start(false); });
  });
  later("DELETE", "/v1/index", RouteAccess::change, [&service](const HttpRequest&) {
    return changed_response(service, [](IndexRunner& indexing) { indexing.cancel(); });
  });
  later("GET", "/v1/failures", RouteAccess::read,
        [&service](const HttpRequest& request) { return failures_response(service, request); });
}

}  // namespace sightline::server
