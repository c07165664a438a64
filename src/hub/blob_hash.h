// Content hash of a blob in the cache.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sightline::hub {

// Computes the hash that is the etag of a blob. The length of the etag selects the algorithm:
// SHA-256 of the content for 64 digits; git object id, the SHA-1 of "blob SIZE", a zero byte and
// the content, for 40 digits.
class BlobHash {
 public:
  BlobHash(const std::string& etag, int64_t size_bytes);
  ~BlobHash();
  void update(std::string_view bytes);
  std::string hex();  // returns the digest; call once, after the last update

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline::hub
