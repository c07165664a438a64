#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>

#include "base/object_pool.h"
#include "base/parallel.h"
#include "encode/finite_vectors.h"
#include "encode/model_access.h"
#include "image/image_preprocessor.h"

namespace sightline {

// What one call needs to turn files' bytes into a batch of pixels. The tower takes over the pixels
// and reuses their memory.
struct Encoder::Workspace {
  Tensor pixels;  // of the batch that is being filled
  std::vector<std::unique_ptr<image::ImagePreprocessor>> preparers;
  std::vector<int64_t> good;  // the input of each row of `pixels`
};

struct Encoder::Workspaces : ObjectPool<Workspace> {
  Workspaces() : ObjectPool([] { return std::make_unique<Workspace>(); }) {}
};

Encoder::Encoder(const Model& model, const EncoderOptions& options)
    : model_(model), options_(options), workspaces_(std::make_unique<Workspaces>()) {
  if (options.batch_size < 1 || options.batch_size > 4096) {
    throw Error(ErrorCode::invalid_argument, "batch size ", options.batch_size,
                ", expected 1 to 4096");
  }
}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

// Preprocesses inputs [begin, begin + size) into the first rows of the workspace's pixels, without
// gaps for those that fail. Returns the number of rows.
int64_t Encoder::fill(std::span<const ImageInput> inputs, EncodedImages& result, int64_t begin,
                      int64_t size, Workspace& work) const {
  const PreprocessSpec& spec = model_.preprocess();
  const int64_t floats = 3LL * spec.crop_size * spec.crop_size;
  work.pixels = Tensor({size, 3, spec.crop_size, spec.crop_size}, DType::f32);
  float* const pixels = work.pixels.data<float>();
  work.preparers.resize(static_cast<size_t>(thread_count()));
  for (auto& preparer : work.preparers) {
    if (!preparer) preparer = std::make_unique<image::ImagePreprocessor>(spec, options_.limits);
  }
  parallel_each(size, [&](int worker, int64_t i) {
    const auto at = static_cast<size_t>(begin + i);
    const ImageInput& input = inputs[at];
    try {
      work.preparers[static_cast<size_t>(worker)]->prepare(
          input.bytes, input.id, pixels + i * floats,
          options_.properties ? &result.properties[at] : nullptr);
    } catch (const Error& error) {
      result.errors[at] = error.what();
    } catch (const std::bad_alloc&) {
      result.errors[at] = "'" + input.id + "': not enough memory to decode it";
    }
  });
  work.good.clear();
  for (int64_t i = 0; i < size; ++i) {
    if (result.errors[static_cast<size_t>(begin + i)]) continue;
    const auto to = static_cast<int64_t>(work.good.size());
    if (to != i) {
      std::memmove(pixels + to * floats, pixels + i * floats,
                   static_cast<size_t>(floats) * sizeof(float));
    }
    work.good.push_back(begin + i);
  }
  return static_cast<int64_t>(work.good.size());
}

EncodedImages Encoder::encode_images(std::span<const ImageInput> inputs,
                                     const ProgressFn& progress) const {
  const PreprocessSpec& spec = model_.preprocess();
  const auto count = static_cast<int64_t>(inputs.size());
  EncodedImages result{Matrix(count, model_.info().embedding_dim), {}};
  result.errors.resize(inputs.size());
  if (options_.properties) result.properties.resize(inputs.size());
  const auto work = workspaces_->take();
  for (int64_t begin = 0; begin < count; begin += options_.batch_size) {
    const int64_t size = std::min(options_.batch_size, count - begin);
    const int64_t rows = fill(inputs, result, begin, size, *work);
    Tensor pixels({rows, 3, spec.crop_size, spec.crop_size}, DType::f32, work->pixels.storage());
    work->pixels = Tensor();
    const Matrix vectors = ModelAccess::encode_pixels(model_, std::move(pixels));
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t input = work->good[static_cast<size_t>(i)];
      const std::string& id = inputs[static_cast<size_t>(input)].id;
      std::string reason =
          not_finite_reason(vectors.row(i), "'" + id + "'", model_.info(), model_.computation());
      if (reason.empty()) {
        std::ranges::copy(vectors.row(i), result.vectors.row(input).begin());
      } else {
        result.errors[static_cast<size_t>(input)] = std::move(reason);
      }
    }
    if (progress) progress({"encoding images", begin + size, count, ""});
  }
  if (options_.normalize) normalize_rows(result.vectors);
  return result;
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
  // Enough texts to sort by length well, few enough for progress.
  constexpr size_t kSlice = 4096;
  EncodedTexts result{Matrix(static_cast<int64_t>(texts.size()), model_.info().embedding_dim), {}};
  for (size_t begin = 0; begin < texts.size(); begin += kSlice) {
    const size_t size = std::min(kSlice, texts.size() - begin);
    std::vector<TokenIds> tokens = tokenize(texts.subspan(begin, size));
    const Matrix vectors =
        encode_tokens(tokens, [&](int64_t i) { return texts[begin + static_cast<size_t>(i)]; });
    std::ranges::copy(vectors.values,
                      result.vectors.values.begin() + static_cast<int64_t>(begin) * vectors.dim);
    std::ranges::move(tokens, std::back_inserter(result.tokens));
    if (progress)
      progress({"encoding texts", static_cast<int64_t>(begin + size),
                static_cast<int64_t>(texts.size()), ""});
  }
  return result;
}

}  // namespace sightline
