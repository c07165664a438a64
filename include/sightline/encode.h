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
  int64_t batch_size = 32;  // images that go through the tower at once, 1 to 4096
  // Root of the embedding cache (docs/formats/embedding_cache.md), usually default_cache_root().
  // None: nothing is looked up or kept.
  std::optional<std::filesystem::path> cache;
  // false: vectors as the tower returns them, not of unit length. The cache is not used then.
  bool normalize = true;
  ProgressFn progress;
};

// $XDG_CACHE_HOME/sightline, else ~/.cache/sightline. Throws not_found where neither is known.
std::filesystem::path default_cache_root();

struct EncodeCounts {
  int64_t encoded_images = 0, cached_images = 0;
  int64_t encoded_texts = 0, cached_texts = 0;
  double seconds = 0;  // reading, hashing, looking up and encoding
};

// One row that went through the pipeline.
struct EncodedRow {
  Row row;                        // without its image; `error`: why there is no vector
  std::span<const float> vector;  // (D), valid during the call; empty where there is an error
};
using RowSink = std::function<void(EncodedRow&& row)>;

struct EncodeSummary {
  int64_t rows = 0;  // that were read, including those with an error
  EncodeCounts counts;
  std::vector<std::string> warnings;  // one sentence each: of the reader and of the cache
};

// Encodes the images of all rows and hands the rows to `sink` in their order. One thread reads
// ahead, at most a batch and about 64 MiB; `sink` and `progress` are called from the calling
// thread. An image that cannot be read or decoded has its reason in `row.error`, and encoding
// continues. Rethrows what reading, `sink` and `progress` throw; throws unsupported and
// invalid_argument for a model whose image tower is missing or not loaded.
EncodeSummary encode_rows(RowReader& rows, const Model& model, const EncodeOptions& options,
                          const RowSink& sink);

// The vectors of texts.
struct EncodedTextRows {
  Matrix vectors;                // (texts, D)
  std::vector<TokenIds> tokens;  // of each text; `truncated`: the model sees only its beginning
  EncodeCounts counts;
  std::vector<std::string> warnings;
};

// Tokenizes every text once, and encodes those that are not in the cache.
EncodedTextRows encode_text_rows(std::span<const std::string> texts, const Model& model,
                                 const EncodeOptions& options = {});

struct ChosenModel {
  Model model;
  std::optional<PrecisionChoice> choice;  // where options.precision was empty
};

// Loads a model in options.precision. Where that is empty, chooses the precision by the first rows
// of `rows`, which are still returned by rows.next(): each precision is loaded at most once, and
// the chosen model is the one that was compared. Throws what Model::load and reading throw.
ChosenModel load_model(const std::filesystem::path& model, const ModelOptions& options,
                       RowReader& rows);
// The same by the first of some texts.
ChosenModel load_model(const std::filesystem::path& model, const ModelOptions& options,
                       std::span<const std::string> texts);

}  // namespace sightline
