// /knn-service and /indices-list, as clip-retrieval's back end has them.
// Source: clip-retrieval, clip_client.py; clip_back.py, KnnService
#include <sightline/error.h>

#include "base/base64.h"
#include "base/text.h"
#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/compatible/model_name.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr int64_t kMostHits = 1000;
constexpr size_t kMostText = 10'000, kMostElements = 1 << 16;

std::vector<float> elements_of(const nlohmann::json& value) {
  const bool numbers =
      value.is_array() && !value.empty() && value.size() <= kMostElements &&
      std::ranges::all_of(value, [](const nlohmann::json& one) { return one.is_number(); });
  if (!numbers)
    throw Error(ErrorCode::invalid_argument, "'embedding_input' is ", shown(value),
                "; expected an array of numbers");
  return value.get<std::vector<float>>();
}

Query query_of(const nlohmann::json& body) {
  if (text_member(body, "image_url"))
    throw Error(ErrorCode::unsupported,
                "'image_url' is an address, and this server fetches none; send 'image' instead");
  const auto text = text_member(body, "text"), image = text_member(body, "image");
  if (text) {
    check_text("text", *text, kMostText);
    return text_query(*text);
  }
  if (image) return image_query("image", decode_base64(*image, "'image'"));
  const auto elements = body.find("embedding_input");
  if (elements != body.end() && !elements->is_null())
    return vector_query("embedding_input", elements_of(*elements));
  throw Error(ErrorCode::invalid_argument,
              "the request has neither 'text', 'image' nor 'embedding_input'");
}

SearchJob job_of(Service& service, const nlohmann::json& body) {
  SearchJob job;
  job.query = query_of(body);
  job.key.model = model_name(service, text_member(body, "indice_name").value_or(""));
  job.key.k = static_cast<int>(integer_member(body, "num_images", 1, kMostHits).value_or(40));
  job.key.group = flag_member(body, "deduplicate").value_or(false);
  job.key.judge = false;
  const std::string modality = text_member(body, "modality").value_or("image");
  if (modality != "image")
    throw Error(ErrorCode::unsupported, "'modality' is '", printable(modality, 60),
                "'; this server searches images");
  return job;
}

Json hits_json(const SearchAnswer& answer) {
  Json json = Json::array();
  for (size_t i = 0; i < answer.keys.size(); ++i) {
    const SearchHit& hit = answer.hits.hits[i];
    Json one = {{"id", answer.keys[i]},
                {"similarity", hit.similarity},
                {"image_path", answer.view.paths->of_item(hit.item)},
                {"url", "/v1/images/" + std::to_string(answer.keys[i])}};
    if (!hit.item.captions.empty()) one["caption"] = hit.item.captions.front();
    json.push_back(std::move(one));
  }
  return json;
}

void search(Service& service, const Call& call) {
  // Its clients send JSON with any content type.
  SearchJob job = job_of(service, parse_json_object(call.request()));
  job.done = [&service, call](const SearchAnswer& answer, const std::exception_ptr& error) {
    answer_now(service, call, [&] {
      if (error) std::rethrow_exception(error);
      return json_response(hits_json(answer));
    });
  };
  if (!service.searches().add(std::move(job))) call.exchange->respond(busy());
}

}  // namespace

void add_clip_retrieval_routes(Router& router, Service& service) {
  router.add({"POST", "/knn-service", RouteAccess::read, service.options().max_upload_bytes,
              [&service](const Call& call) {
                start_answer(service, call, [&service, call] { search(service, call); });
              }});
  router.add({"GET", "/indices-list", RouteAccess::read, 0, [&service](const Call& call) {
                answer_later(service, call, [&service] {
                  Json names = Json::array();
                  for (const LibraryModel& model : service.library().library().info().models)
                    names.push_back(model.name);
                  return json_response(names);
                });
              }});
}

}  // namespace sightline::server
