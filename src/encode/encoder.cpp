#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/image_encoder.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "base/parallel.h"
#include "encode/finite_vectors.h"
#include "encode/model_access.h"

namespace sightline {

// The encoder of images, which checks the options and keeps the workspaces.
struct Encoder::Workspaces : ImageEncoder {
  using ImageEncoder::ImageEncoder;
};

Encoder::Encoder(const Model& model, const EncoderOptions& options)
    : model_(model), options_(options), workspaces_(std::make_unique<Workspaces>(model, options)) {}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

EncodedImages Encoder::encode_images(std::span<const ImageInput> inputs,
                                     const ProgressFn& progress) const {
  std::vector<ImageSource> images;
  images.reserve(inputs.size());
  for (const ImageInput& input : inputs) images.push_back({.id = input.id, .bytes = input.bytes});
  return workspaces_->encode(images, progress);
}

std::vector<TokenIds> Encoder::tokenize(std::span<const std::string> texts) const {
  std::vector<TokenIds> tokens(texts.size());
  const Tokenizer& tokenizer = model_.tokenizer();
  parallel_for(static_cast<int64_t>(texts.size()), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      tokens[static_cast<size_t>(i)] = tokenizer.encode(texts[static_cast<size_t>(i)]);
    }
  });
  return tokens;
}

Matrix Encoder::encode_tokens(std::span<const TokenIds> texts) const {
  return encode_tokens(texts, [](int64_t i) { return message("number ", i); });
}

Matrix Encoder::encode_tokens(std::span<const TokenIds> texts,
                              const std::function<std::string(int64_t)>& name) const {
  Matrix vectors = model_.encode_tokens(texts);
  require_finite_texts(vectors, name, model_.info(), model_.computation());
  if (options_.normalize) normalize_rows(vectors);
  return vectors;
}

EncodedTexts Encoder::encode_texts(std::span<const std::string> texts,
                                   const ProgressFn& progress) const {
  constexpr size_t kSlice = 4096;  // enough texts to sort by length well
  const auto total = static_cast<int64_t>(texts.size());
  EncodedTexts result{Matrix(total, model_.info().embedding_dim), {}};
  for (size_t begin = 0; begin < texts.size(); begin += kSlice) {
    const auto slice = texts.subspan(begin, std::min(kSlice, texts.size() - begin));
    std::vector<TokenIds> tokens = tokenize(slice);
    const Matrix vectors = ModelAccess::encode_tokens(model_, tokens, [&](int64_t done) {
      if (progress) progress({"encoding texts", static_cast<int64_t>(begin) + done, total, ""});
    });
    require_finite_texts(
        vectors, [&](int64_t i) { return slice[static_cast<size_t>(i)]; }, model_.info(),
        model_.computation());
    std::ranges::copy(vectors.values,
                      result.vectors.values.begin() + static_cast<int64_t>(begin) * vectors.dim);
    std::ranges::move(tokens, std::back_inserter(result.tokens));
  }
  if (options_.normalize) normalize_rows(result.vectors);
  return result;
}

}  // namespace sightline
