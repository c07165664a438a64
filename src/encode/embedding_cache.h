// Embeddings kept on disk between runs, by the digest of the encoded content. The file format is in
// docs/formats/embedding_cache.md.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "base/hash.h"

namespace sightline {

// All that determines a vector besides the content. Each combination has a store of its own.
struct EmbeddingCacheKey {
  std::string model;       // ModelInfo::fingerprint
  std::string preprocess;  // PreprocessSpec::describe(), or the tokenizer's fingerprint for texts
  std::string precision;   // computation_name() of how it was computed: "cpu fp32"
  std::string what;        // "image" or "text"
  int64_t dim = 0;         // D

  // One "name value" line each, with the revision of the encoding code; hashed into the store's
  // name.
  std::string describe() const;
};

// One store: digest of content -> vector of D elements. Several processes may use one store at the
// same time (a file lock serialises appends); one object is for one thread at a time.
//
// Every lookup is checksummed, over digest and vector; a record that fails counts as absent. A
// store that was truncated (killed process, full disk) keeps its whole records. Files with a
// foreign or damaged head are moved to "*.bad" and a new store begins. warnings() reports each of
// these.
class EmbeddingCache {
 public:
  // Opens or creates the store of `key` under `root`. Throws io, invalid_argument (dim < 1).
  EmbeddingCache(const std::filesystem::path& root, const EmbeddingCacheKey& key);
  ~EmbeddingCache();
  EmbeddingCache(const EmbeddingCache&) = delete;
  EmbeddingCache& operator=(const EmbeddingCache&) = delete;

  // Copies the vector of a digest to `out` (D elements). Returns false where there is none.
  bool lookup(const Digest& digest, std::span<float> out);

  // Adds rows: rows.size() == digests.size() * D. A known digest gets the new vector. Also indexes
  // what other processes have added. Throws io (nothing is added then), invalid_argument.
  void append(std::span<const Digest> digests, std::span<const float> rows);

  int64_t size() const { return static_cast<int64_t>(index_.size()); }  // distinct digests
  int64_t dim() const { return dim_; }
  const std::filesystem::path& directory() const { return directory_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  void ensure_files();
  void synchronize();
  void refresh();
  void set_aside(const std::string& why);
  bool heads_are_good(std::string& why) const;

  int64_t dim_ = 0;
  std::filesystem::path directory_;
  Digest key_digest_{};
  std::unordered_map<Digest, int64_t, DigestHash> index_;  // digest -> record number
  std::unique_ptr<MappedFile> keys_;
  std::unique_ptr<MappedFile> vectors_;
  int64_t records_ = 0;                 // that the index covers
  std::array<uint64_t, 2> identity_{};  // inodes of the two files that were indexed
  std::vector<std::string> warnings_;
};

}  // namespace sightline
