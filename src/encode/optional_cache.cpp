#include "encode/optional_cache.h"

#include <sightline/error.h>

namespace sightline {

OptionalCache::OptionalCache(const std::optional<std::filesystem::path>& root,
                             const EmbeddingCacheKey& key, std::vector<std::string>& warnings)
    : warnings_(warnings) {
  if (!root) return;
  try {
    cache_.emplace(*root, key);
  } catch (const Error& error) {
    warnings_.push_back(std::string(error.what()) + "; embeddings are not kept");
  }
}

OptionalCache::~OptionalCache() {
  if (cache_)
    warnings_.insert(warnings_.end(), cache_->warnings().begin(), cache_->warnings().end());
}

bool OptionalCache::lookup(const Digest& digest, std::span<float> out) {
  return cache_ && cache_->lookup(digest, out);
}

void OptionalCache::append(std::span<const Digest> digests, std::span<const float> rows) {
  if (!cache_) return;
  try {
    cache_->append(digests, rows);
  } catch (const Error& error) {
    warnings_.push_back(std::string(error.what()) + "; further embeddings are not kept");
    warnings_.insert(warnings_.end(), cache_->warnings().begin(), cache_->warnings().end());
    cache_.reset();
  }
}

}  // namespace sightline
