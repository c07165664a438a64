#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/parallel.h"

namespace sightline {

Encoder::Encoder(const Model& model, const EncoderOptions& options) : model_(model), options_(options) {
  if (options.batch_size < 1 || options.batch_size > 4096) {
    throw Error(ErrorCode::invalid_argument, "batch size " + std::to_string(options.batch_size) + ", expected 1 to 4096");
  }
}

EncodedImages Encoder::encode_images(std::span<const ImageInput> inputs, const ProgressFn& progress) const {
  const PreprocessSpec& spec = model_.preprocess();
  const auto count = static_cast<int64_t>(inputs.size());
  const int64_t floats = 3LL * spec.crop_size * spec.crop_size;
  EncodedImages result{Matrix(count, model_.info().embedding_dim), {}};
  result.errors.resize(inputs.size());
  std::vector<float> pixels(static_cast<size_t>(std::min(count, options_.batch_size) * floats));

  for (int64_t begin = 0; begin < count; begin += options_.batch_size) {
    const int64_t size = std::min(options_.batch_size, count - begin);
    parallel_for(size, 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) {
        const ImageInput& input = inputs[static_cast<size_t>(begin + i)];
        try {
          const Raster raster = decode_raster(input.bytes, input.id, spec.orientation, options_.limits);
          normalize_pixels(preprocess_pixels(raster, spec), spec, pixels.data() + i * floats);
        } catch (const Error& error) {
          result.errors[static_cast<size_t>(begin + i)] = error.what();
        } catch (const std::bad_alloc&) {
          result.errors[static_cast<size_t>(begin + i)] = "'" + input.id + "': not enough memory to decode it";
        }
      }
    });
    // Good pictures move together, so that the tower computes nothing for the bad ones.
    std::vector<int64_t> good;
    for (int64_t i = 0; i < size; ++i) {
      if (result.errors[static_cast<size_t>(begin + i)]) continue;
      const auto to = static_cast<int64_t>(good.size());
      if (to != i) std::memmove(pixels.data() + to * floats, pixels.data() + i * floats, static_cast<size_t>(floats) * sizeof(float));
      good.push_back(begin + i);
    }
    const auto rows = static_cast<int64_t>(good.size());
    const Matrix vectors = model_.encode_pixels({pixels.data(), static_cast<size_t>(rows * floats)}, rows);
    for (int64_t i = 0; i < rows; ++i) std::ranges::copy(vectors.row(i), result.vectors.row(good[static_cast<size_t>(i)]).begin());
    if (progress) progress({"encoding pictures", begin + size, count, ""});
  }
  if (options_.normalize) normalize_rows(result.vectors);
  return result;
}

EncodedTexts Encoder::encode_texts(std::span<const std::string> texts, const ProgressFn& progress) const {
  // A large slice at a time: long enough to sort by length well, short enough for progress.
  constexpr size_t kSlice = 4096;
  EncodedTexts result{Matrix(static_cast<int64_t>(texts.size()), model_.info().embedding_dim), {}};
  result.tokens.resize(texts.size());
  for (size_t begin = 0; begin < texts.size(); begin += kSlice) {
    const size_t size = std::min(kSlice, texts.size() - begin);
    for (size_t i = begin; i < begin + size; ++i) result.tokens[i] = model_.tokenizer().encode(texts[i]);
    const Matrix vectors = model_.encode_tokens(std::span(result.tokens).subspan(begin, size));
    std::ranges::copy(vectors.values, result.vectors.values.begin() + static_cast<int64_t>(begin) * vectors.dim);
    if (progress) progress({"encoding texts", static_cast<int64_t>(begin + size), static_cast<int64_t>(texts.size()), ""});
  }
  if (options_.normalize) normalize_rows(result.vectors);
  return result;
}

}  // namespace sightline
