// /v1/items/{id}/explanation and its map
#include <sightline/error.h>
#include <sightline/explanation_image.h>

#include <algorithm>
#include <memory>

#include "server/api/answer.h"
#include "server/api/found_image.h"
#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr size_t kMostText = 10'000;
constexpr int kMapSide = 640;  // pixels

// Makes a response of an explanation of an image.
using Respond = std::function<HttpResponse(const FoundImage&, const std::string& text,
                                           const ServedExplanation&)>;

Json region_json(const ImageRegion& region) {
  return {{"left", region.left},
          {"top", region.top},
          {"width", region.width},
          {"height", region.height}};
}

Json captions_json(const NearestCaptions& nearest, const std::vector<std::string>& own) {
  Json out = Json::array();
  for (const NearCaption& caption : nearest.captions) {
    out.push_back({{"text", caption.text},
                   {"similarity", caption.similarity},
                   {"own", std::ranges::find(own, caption.text) != own.end()}});
  }
  return out;
}

HttpResponse explanation_response(const FoundImage& found, const std::string& text,
                                  const ServedExplanation& served) {
  const Explanation& explanation = served.explanation;
  Json words = Json::array();
  for (const WordContribution& word : explanation.words) {
    words.push_back(
        {{"term", word.term}, {"word", word.word}, {"contribution", word.contribution}});
  }
  const HeatMap& heat = explanation.heat;
  return json_response({{"id", std::to_string(found.key)},
                        {"query", text},
                        {"model",
                         {{"name", found.view.about.name},
                          {"fingerprint", found.view.about.provenance.fingerprint}}},
                        {"similarity", explanation.similarity},
                        {"words", std::move(words)},
                        {"parts", explanation.parts},
                        {"width", explanation.width},
                        {"height", explanation.height},
                        {"seen", region_json(explanation.seen)},
                        {"cut_share", explanation.cut_share},
                        {"heat",
                         {{"rows", heat.rows},
                          {"columns", heat.columns},
                          {"values", heat.values},
                          {"input", region_json(explanation.input)}}},
                        {"encodings", explanation.encodings},
                        {"captions", captions_json(served.captions, found.item.captions)},
                        {"captions_compared", served.captions.compared}});
}

HttpResponse map_response(const FoundImage&, const std::string&, const ServedExplanation& served) {
  const std::vector<uint8_t> png = render_heat_map(served.explanation, kMapSide);
  HttpResponse out;
  out.type = "image/png";
  out.body.assign(png.begin(), png.end());
  return out;
}

// On a worker thread: answers with a kept explanation, or queues the computation.
void find_explanation(Service& service, const Call& call, const std::string& text,
                      const std::string& model, const Respond& respond) {
  auto found = std::make_shared<const FoundImage>(find_image(service, call.values[0], model));
  ExplanationKey key = {found->view.about.provenance.fingerprint, found->key,
                        service.searches().correction_version(found->view), text};
  const auto done = [&service, call, found, text, respond](
                        const std::shared_ptr<const ServedExplanation>& made,
                        std::exception_ptr error) {
    answer_now(service, call, [&] {
      if (error) std::rethrow_exception(error);
      return respond(*found, text, *made);
    });
  };
  if (const auto kept = service.explanations().find(key)) return done(kept, nullptr);
  const bool added = service.explanations().add(
      {std::move(key), found->view, parse_query(text), [found] { return read_image(*found); },
       [exchange = call.exchange] { return exchange->abandoned(); }, done});
  if (!added) call.exchange->respond(busy());
}

void start_explanation(Service& service, const Call& call, const Respond& respond) {
  answer_errors(service, call, [&] {
    check_parameters(call.request(), {"q", "model"});
    parse_id(call.values[0]);
    const std::string text = call.request().parameter("q").value_or("");
    check_text("q", text, kMostText);
    const std::string model = call.request().parameter("model").value_or("");
    const bool added = service.add(
        [&service, call, text, model, respond] {
          if (call.exchange->abandoned()) return;
          answer_errors(service, call,
                        [&] { find_explanation(service, call, text, model, respond); });
        },
        [call] { call.exchange->respond(busy()); });
    if (!added) call.exchange->respond(busy());
  });
}

}  // namespace

void add_explanation_routes(Router& router, Service& service) {
  const auto add = [&](const char* pattern, const Respond& respond) {
    router.add({"GET", pattern, RouteAccess::read, 0, [&service, respond](const Call& call) {
                  start_explanation(service, call, respond);
                }});
  };
  add("/v1/items/{id}/explanation", explanation_response);
  add("/v1/items/{id}/explanation/map", map_response);
}

}  // namespace sightline::server
