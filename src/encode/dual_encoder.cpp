#include "encode/dual_encoder.h"

#include <sightline/error.h>

#include <utility>

#include "base/spec_label.h"

namespace sightline {

ModelEncoder::ModelEncoder(const Model& model, const EncoderOptions& options)
    : model_(model), encoder_(model, options) {}

ModelEncoder::ModelEncoder(std::unique_ptr<const Model> model, const EncoderOptions& options)
    : owned_(std::move(model)), model_(*owned_), encoder_(model_, options) {}

std::string ModelEncoder::image_profile() const {
  return model_.preprocess().describe();
}

std::string ModelEncoder::text_profile() const {
  const Tokenizer& tokenizer = model_.tokenizer();
  return message("tokenizer ", tokenizer.fingerprint(), " context ", tokenizer.context_length());
}

EncodedImages ModelEncoder::encode_images(std::span<const ImageInput> inputs) {
  return encoder_.encode_images(inputs);
}

std::vector<TokenIds> ModelEncoder::tokenize(std::span<const std::string> texts) {
  return encoder_.tokenize(texts);
}

Matrix ModelEncoder::encode_tokens(std::span<const TokenIds> texts,
                                   const std::function<std::string(int64_t)>& name) {
  return encoder_.encode_tokens(texts, name);
}

void require_both_towers(const ModelInfo& info, const std::string& path) {
  if (info.has_image && info.has_text) return;
  const auto [label, spec] = split_label(path);
  const std::string pair =
      (label.empty() ? "" : label + "=") +
      (info.has_text ? "text=" + spec + ",image=PATH" : "text=PATH,image=" + spec);
  throw Error(ErrorCode::unsupported, "'", spec, "' (family ", info.family, ") has no ",
              (info.has_text ? "image" : "text"),
              " tower; pair it with a model that has one: --model ", pair);
}

}  // namespace sightline
