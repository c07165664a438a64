// The pipeline from rows to vectors, with the embedding cache.
//
//   sightline::RowReader rows(sightline::DatasetInput{.path = "photos"});
//   const auto chosen = sightline::load_model("models/emoji-vit-8", options, rows);
//   sightline::encode_rows(rows, chosen.model, {}, [](sightline::EncodedRow&& row) { … });
#pragma once

#include <sightline/encoder.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/precision.h>
#include <sightline/progress.h>
#include <sightline/rows.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct EncodeOptions {
  int64_t batch_size = 32;  // images per batch, 1 to 4096
  // Root of the embedding cache (docs/formats/embedding_cache.md), usually default_cache_root().
  // Empty: no cache.
  std::optional<std::filesystem::path> cache;
  // true: vectors of unit length. false: vectors as the tower returns them; the cache is not used.
  bool normalize = true;
  ProgressFn progress;
};

// Returns $XDG_CACHE_HOME/sightline or, if that variable is not an absolute path,
// ~/.cache/sightline. Throws not_found if HOME is not set either.
std::filesystem::path default_cache_root();

// Numbers of encoded inputs and of cache hits.
struct EncodeCounts {
  int64_t encoded_images = 0, cached_images = 0;
  int64_t encoded_texts = 0, cached_texts = 0;
  double seconds = 0;  // time of reading, hashing, cache lookups and encoding
};

// An encoded row, or a row that could not be encoded.
struct EncodedRow {
  Row row;                        // without its image; `error`: why there is no vector
  std::span<const float> vector;  // (D), valid during the call; empty without a vector of its own
  // Set for a row that repeats the image of an earlier row (RowReader::merges_repeats): the number
  // of that row among the rows with a vector, from 0. The captions of this row belong to it.
  std::optional<int64_t> repeats;
};
using RowSink = std::function<void(EncodedRow&& row)>;

struct EncodeSummary {
  int64_t rows = 0;      // rows read, including those with an error
  int64_t repeated = 0;  // rows that repeat an image
  EncodeCounts counts;
  std::vector<std::string> warnings;  // of the reader and the cache, one sentence each
};

// Encodes the images of all rows and passes the rows to `sink` in order. One thread reads ahead, at
// most a batch and about 64 MiB; `sink` and `progress` are called from the calling thread. If an
// image cannot be read or decoded, `row.error` states the reason and encoding continues. Throws
// unsupported if the model has no image tower, invalid_argument if it was not loaded, and whatever
// reading, `sink` and `progress` throw.
EncodeSummary encode_rows(RowReader& rows, const Model& model, const EncodeOptions& options,
                          const RowSink& sink);

// The vectors and tokens of texts, in input order.
struct EncodedTextRows {
  Matrix vectors;                // (texts, D)
  std::vector<TokenIds> tokens;  // `truncated`: only the beginning of the text was encoded
  EncodeCounts counts;
  std::vector<std::string> warnings;
};

// Tokenizes all texts and encodes those that are not in the cache. Throws unsupported if the model
// has no text tower, invalid_argument if it was not loaded, and whatever options.progress throws.
EncodedTextRows encode_text_rows(std::span<const std::string> texts, const Model& model,
                                 const EncodeOptions& options = {});

// A loaded model, and how its precision was chosen.
struct ChosenModel {
  Model model;
  std::optional<PrecisionChoice> choice;  // only if options.precision was empty
};

// Loads a model in options.precision. If that is empty, chooses the precision on the first rows of
// `rows`, which rows.next() still returns. Loads the model at most once per precision and returns
// the instance that was measured. Throws what Model::load and reading throw.
ChosenModel load_model(const std::filesystem::path& model, const ModelOptions& options,
                       RowReader& rows);
// The same, choosing on the first of `texts`.
ChosenModel load_model(const std::filesystem::path& model, const ModelOptions& options,
                       std::span<const std::string> texts);

}  // namespace sightline
