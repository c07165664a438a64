// /ping and /predict, as immich's machine-learning server has them, for its task "clip".
// Source: immich, machine-learning/immich_ml/main.py;
// server/src/repositories/machine-learning.repository.ts
#include <sightline/error.h>

#include "base/text.h"
#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/compatible/model_name.h"
#include "server/http/multipart.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr size_t kMostText = 100'000;
constexpr int kMostParts = 10;

// The value of "entries": {"clip": {"textual" or "visual": {"modelName": …}}}.
struct Entry {
  bool visual = false;
  std::string model;
};

Entry parse_entry(const std::string& text) {
  check_text("entries", text, kMostText);
  const JsonParse parsed = parse_client_json(text);
  const nlohmann::json& entries = parsed.value;
  if (!parsed.problem.empty() || !entries.is_object())
    throw Error(ErrorCode::invalid_argument, "'entries' is not a JSON object");
  const auto task = entries.find("clip");
  if (entries.size() != 1 || task == entries.end() || !task->is_object() || task->size() != 1)
    throw Error(ErrorCode::unsupported, "'entries' is ", shown(entries),
                "; this server has the task 'clip' with one type");
  const std::string type = task->begin().key();
  if (type != "visual" && type != "textual")
    throw Error(ErrorCode::unsupported, "the type '", printable(type, 60),
                "' of the task 'clip' is not known; expected visual or textual");
  const nlohmann::json& about = task->begin().value();
  if (!about.is_object())
    throw Error(ErrorCode::invalid_argument, "'", type, "' is ", shown(about),
                "; expected an object with 'modelName'");
  return {type == "visual", text_member(about, "modelName").value_or("")};
}

struct Parsed {
  Entry entry;
  EmbeddingJob job;
};

Parsed parse_request(Service& service, const HttpRequest& request) {
  std::optional<std::string> entries, text;
  std::optional<NamedImage> image;
  for (FormPart& part : parse_multipart(request.header("content-type"), request.body, kMostParts)) {
    if (part.name == "entries") entries = std::move(part.data);
    if (part.name == "text") text = std::move(part.data);
    if (part.name == "image") image = NamedImage{"the image", {part.data.begin(), part.data.end()}};
  }
  if (!entries) throw Error(ErrorCode::invalid_argument, "the form has no field 'entries'");
  Parsed out{parse_entry(*entries), {}};
  out.job.key = model_name(service, out.entry.model);
  if (out.entry.visual) {
    if (!image) throw Error(ErrorCode::invalid_argument, "the form has no file 'image'");
    out.job.images.push_back(std::move(*image));
  } else {
    if (!text) throw Error(ErrorCode::invalid_argument, "the form has no field 'text'");
    check_text("text", *text, kMostText);
    out.job.texts.push_back(std::move(*text));
  }
  return out;
}

// The vector is a text of JSON.
Json answer_json(const Embeddings& made, bool visual) {
  const auto row = visual ? made.images.row(0) : made.texts.row(0);
  Json json = {{"clip", json_text(Json(std::vector<float>(row.begin(), row.end())))}};
  if (visual) {
    json["imageHeight"] = made.sizes[0].second;
    json["imageWidth"] = made.sizes[0].first;
  }
  return json;
}

void predict(Service& service, const Call& call) {
  Parsed parsed = parse_request(service, call.request());
  const bool visual = parsed.entry.visual;
  parsed.job.done = [&service, call, visual](const Embeddings& made,
                                             const std::exception_ptr& error) {
    answer_now(service, call, [&] {
      if (error) std::rethrow_exception(error);
      return json_response(answer_json(made, visual));
    });
  };
  if (!service.embeddings().add(std::move(parsed.job))) call.exchange->respond(busy());
}

}  // namespace

void add_immich_routes(Router& router, Service& service) {
  router.add({"GET", "/ping", RouteAccess::open, 0, [](const Call& call) {
                HttpResponse out;
                out.type = "text/plain; charset=utf-8";
                out.body = "pong";
                call.exchange->respond(std::move(out));
              }});
  router.add({"POST", "/predict", RouteAccess::read, service.options().max_upload_bytes,
              [&service](const Call& call) {
                start_answer(service, call, [&service, call] { predict(service, call); });
              }});
}

}  // namespace sightline::server
