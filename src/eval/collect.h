// From a data set to matrices: each row's vector from the cache or from the model.
#pragma once

#include <sightline/experiment.h>

#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "encode/embedding_cache.h"
#include "eval/dual_encoder.h"

namespace sightline {

// A row as the first pass saw it. `error` is the first reason to leave it out, by any model.
struct SeenRow {
  ExperimentRow row;
  Digest digest{};
  std::optional<std::string> error;
};

// The cache that the user wants, or none: a store that cannot be opened or written costs a warning
// and the time to encode, never the experiment.
class OptionalCache {
 public:
  OptionalCache(const std::optional<std::filesystem::path>& root, const EmbeddingCacheKey& key,
                std::vector<std::string>& warnings);
  ~OptionalCache();  // hands the store's own warnings on
  bool lookup(const Digest& digest, std::span<float> out);
  void append(std::span<const Digest> digests, std::span<const float> rows);

 private:
  std::optional<EmbeddingCache> cache_;
  std::vector<std::string>& warnings_;
};

// Vectors of all rows, in the data set's order; rows with an error are zero. An empty `rows` is
// filled (the first model); otherwise the data set must still be what it was, and only rows without
// an error are encoded. Returns the data set's format in `format`.
// Throws invalid_data where the data set changed between two models.
Matrix collect_images(const EvaluationInput& input, CaptionChoice captions, DualEncoder& encoder,
                      std::vector<SeenRow>& rows, EncodeCounts& counts, std::string& format,
                      std::vector<std::string>& warnings);

// Vectors of texts, in order. `what` names them in progress and warnings.
Matrix collect_texts(const EvaluationInput& input, DualEncoder& encoder,
                     const std::vector<std::string>& texts, EncodeCounts& counts,
                     std::vector<std::string>& warnings, const std::string& what = "captions");

}  // namespace sightline
