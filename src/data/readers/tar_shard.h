// Reads the regular files of a tar or zip archive in order, using libarchive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct TarEntry {
  std::string name;        // untrusted bytes; never used as a path
  int64_t size_bytes = 0;  // as the header claims
};

// Reads plain and gzip-compressed archives in the formats ustar, pax, GNU and v7; a file ending in
// .zip as zip. Links, folders
// and devices are skipped. Memory: one block, plus what read() returns.
class TarShard {
 public:
  explicit TarShard(const std::filesystem::path& file);  // throws not_found, io
  ~TarShard();
  TarShard(TarShard&&) noexcept;

  // Advances to the next regular file; returns nothing at the end. Throws invalid_data if the
  // archive is damaged or truncated; the rest of it cannot be read then.
  std::optional<TarEntry> next();
  // Returns the content of the current entry; call it at most once for each. Throws limit_exceeded
  // if the header claims more than max_bytes or the content has more (next() skips the rest), and
  // invalid_data as next() does.
  std::vector<uint8_t> read(int64_t max_bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline
