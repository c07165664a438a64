// The hash that names a blob of the cache.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sightline::hub {

// By its etag's length: 64 digits are the SHA-256 of the content, 40 the id that git gives it, the
// SHA-1 over "blob SIZE", a zero byte and the content.
class BlobHash {
 public:
  BlobHash(const std::string& etag, int64_t size_bytes);
  ~BlobHash();
  void update(std::string_view bytes);
  std::string hex();  // ends the computation; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline::hub
