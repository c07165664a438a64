#include "encode/encode_text_rows.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/hash.h"
#include "encode/optional_cache.h"

namespace sightline {
namespace {

// Enough texts to sort by length well, few enough for progress.
constexpr size_t kSlice = 4096;

// Texts [begin, end) to the rows of `out`.
void encode_slice(std::span<const std::string> texts, size_t begin, size_t end,
                  DualEncoder& encoder, OptionalCache& cache, EncodedTextRows& out) {
  std::vector<TokenIds> tokens = encoder.tokenize(texts.subspan(begin, end - begin));
  std::vector<Digest> digests;
  std::vector<TokenIds> missing;
  std::vector<int64_t> places;
  for (size_t i = begin; i < end; ++i) {
    const Digest digest =
        cache.enabled() ? Sha256().update(std::string_view(texts[i])).digest() : Digest{};
    if (cache.lookup(digest, out.vectors.row(static_cast<int64_t>(i)))) {
      ++out.counts.cached_texts;
      continue;
    }
    digests.push_back(digest);
    missing.push_back(tokens[i - begin]);
    places.push_back(static_cast<int64_t>(i));
  }
  std::ranges::move(tokens, std::back_inserter(out.tokens));
  if (missing.empty()) return;
  const Matrix encoded = encoder.encode_tokens(missing, [&](int64_t i) {
    return texts[static_cast<size_t>(places[static_cast<size_t>(i)])];
  });
  for (size_t i = 0; i < places.size(); ++i) {
    std::ranges::copy(encoded.row(static_cast<int64_t>(i)), out.vectors.row(places[i]).begin());
  }
  out.counts.encoded_texts += encoded.rows;
  cache.append(digests, encoded.values);
}

}  // namespace

EncodedTextRows encode_text_rows_with(std::span<const std::string> texts, DualEncoder& encoder,
                                      const EncodeOptions& options, const std::string& stage) {
  const auto start = std::chrono::steady_clock::now();
  const int64_t dim = encoder.info().embedding_dim;
  EncodedTextRows out;
  out.vectors = Matrix(static_cast<int64_t>(texts.size()), dim);
  {
    OptionalCache cache(options.cache,
                        {encoder.info().fingerprint, encoder.text_profile(),
                         computation_name(encoder.computation()), "text", dim},
                        out.warnings);
    for (size_t begin = 0; begin < texts.size(); begin += kSlice) {
      const size_t end = std::min(begin + kSlice, texts.size());
      encode_slice(texts, begin, end, encoder, cache, out);
      if (options.progress) {
        options.progress(
            {stage, static_cast<int64_t>(end), static_cast<int64_t>(texts.size()), ""});
      }
    }
  }
  out.counts.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

EncodedTextRows encode_text_rows(std::span<const std::string> texts, const Model& model,
                                 const EncodeOptions& options) {
  ModelEncoder encoder(model, {.normalize = options.normalize, .limits = {}});
  EncodeOptions cached = options;
  if (!options.normalize) cached.cache.reset();
  return encode_text_rows_with(texts, encoder, cached, "encoding texts");
}

}  // namespace sightline
