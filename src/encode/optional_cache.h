// The embedding cache, where the user wants one.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "encode/embedding_cache.h"

namespace sightline {

// A store that cannot be opened or written is a warning, never an error: vectors are then computed.
class OptionalCache {
 public:
  // No root: no cache. `warnings` must outlive the object.
  OptionalCache(const std::optional<std::filesystem::path>& root, const EmbeddingCacheKey& key,
                std::vector<std::string>& warnings);
  ~OptionalCache();  // adds the store's own warnings

  bool enabled() const { return cache_.has_value(); }
  // As EmbeddingCache's; without a cache nothing is found or kept.
  bool lookup(const Digest& digest, std::span<float> out);
  void append(std::span<const Digest> digests, std::span<const float> rows);

 private:
  std::optional<EmbeddingCache> cache_;
  std::vector<std::string>& warnings_;
};

}  // namespace sightline
