// POST /v1/embeddings, as OpenAI's API has it. Images are data URLs.
// Source: openai-python, types/embedding_create_params.py and create_embedding_response.py
#include <sightline/error.h>

#include <bit>
#include <cstring>

#include "base/base64.h"
#include "base/text.h"
#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/compatible/model_name.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors are sent in this order");

constexpr size_t kMostInputs = 2048, kMostText = 100'000;

// An input that begins so is an image.
constexpr std::string_view kDataUrl = "data:image/";

// "data:image/png;base64,…"
NamedImage image_of_url(const std::string& url, size_t number) {
  const std::string name = "input " + std::to_string(number);
  const size_t comma = url.find(',');
  const std::string_view head = std::string_view(url).substr(0, comma);
  if (comma == std::string::npos || !head.ends_with(";base64"))
    throw Error(ErrorCode::invalid_argument, name,
                " is not a data URL with base64; expected data:image/…;base64,…");
  return {name, decode_base64(std::string_view(url).substr(comma + 1), name)};
}

struct Inputs {
  EmbeddingJob job;
  std::vector<bool> is_image;  // in the order of the request
};

void add_input(const std::string& input, Inputs& out) {
  const size_t number = out.is_image.size();
  out.is_image.push_back(input.starts_with(kDataUrl));
  if (out.is_image.back()) {
    out.job.images.push_back(image_of_url(input, number));
  } else if (input.starts_with("http://") || input.starts_with("https://")) {
    throw Error(ErrorCode::invalid_argument, "input ", static_cast<int64_t>(number),
                " is an address, and this server fetches none; send the image as a data URL");
  } else {
    check_text("input", input, kMostText);
    if (is_blank(input))
      throw Error(ErrorCode::invalid_argument, "input ", static_cast<int64_t>(number), " is blank");
    out.job.texts.push_back(input);
  }
}

Inputs inputs_of(const nlohmann::json& body) {
  Inputs out;
  const auto input = body.find("input");
  if (input == body.end())
    throw Error(ErrorCode::invalid_argument, "'input' is absent; expected a text or an array");
  if (input->is_string()) {
    add_input(input->get<std::string>(), out);
  } else {
    for (const std::string& one : texts_member(body, "input", kMostInputs)) add_input(one, out);
  }
  if (out.is_image.empty()) throw Error(ErrorCode::invalid_argument, "'input' is empty");
  return out;
}

Json vector_json(std::span<const float> vector, bool as_base64) {
  if (!as_base64) return Json(std::vector<float>(vector.begin(), vector.end()));
  std::string bytes(vector.size_bytes(), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  return base64(bytes);
}

Json embeddings_json(const Embeddings& made, const std::vector<bool>& is_image, bool as_base64,
                     const std::string& model) {
  Json data = Json::array();
  int64_t text = 0, image = 0;
  for (size_t i = 0; i < is_image.size(); ++i) {
    const auto row = is_image[i] ? made.images.row(image++) : made.texts.row(text++);
    data.push_back(
        {{"object", "embedding"}, {"index", i}, {"embedding", vector_json(row, as_base64)}});
  }
  return {{"object", "list"},
          {"data", std::move(data)},
          {"model", model.empty() ? made.model->info().name : model},
          {"usage", {{"prompt_tokens", made.tokens}, {"total_tokens", made.tokens}}}};
}

// Whether the vectors are wanted as base64.
bool wants_base64(const nlohmann::json& body) {
  const std::string format = text_member(body, "encoding_format").value_or("float");
  if (format != "base64" && format != "float")
    throw Error(ErrorCode::invalid_argument, "'encoding_format' is '", printable(format, 60),
                "'; expected float or base64");
  return format == "base64";
}

void check_dimensions(Service& service, const nlohmann::json& body, const std::string& model) {
  const auto wanted = integer_member(body, "dimensions", 1, 1 << 20);
  if (!wanted) return;
  const std::string& name = model.empty() ? service.options().model : model;
  const int64_t dim = service.library().library().model(name).dim;
  if (*wanted != dim)
    throw Error(ErrorCode::invalid_argument, "'dimensions' is ", *wanted, "; the model has ", dim);
}

void embed(Service& service, const Call& call) {
  const nlohmann::json body = parse_json_body(call.request());
  check_members(body, {"input", "model", "encoding_format", "dimensions", "user"});
  Inputs inputs = inputs_of(body);
  const std::string model = text_member(body, "model").value_or("");
  inputs.job.key = model_name(service, model);
  check_dimensions(service, body, inputs.job.key);
  inputs.job.done = [&service, call, as_base64 = wants_base64(body), model,
                     is_image = inputs.is_image](const Embeddings& made,
                                                 const std::exception_ptr& error) {
    answer_now(service, call, [&] {
      if (error) std::rethrow_exception(error);
      return json_response(embeddings_json(made, is_image, as_base64, model));
    });
  };
  if (!service.embeddings().add(std::move(inputs.job))) call.exchange->respond(busy());
}

}  // namespace

void add_openai_routes(Router& router, Service& service) {
  router.add({"POST", "/v1/embeddings", RouteAccess::read, service.options().max_upload_bytes,
              [&service](const Call& call) {
                start_answer(service, call, [&service, call] { embed(service, call); });
              }});
}

}  // namespace sightline::server
