// The regular files of a tar archive, one after the other, through libarchive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct TarEntry {
  std::string name;        // bytes of the archive; never a path to open or to write
  int64_t size_bytes = 0;  // as the header claims it
};

// Memory: one block, and what read() returns. Links, folders and devices are passed over. Reads
// plain and gzip-compressed archives of the forms ustar, pax, GNU and v7.
class TarShard {
 public:
  explicit TarShard(const std::filesystem::path& file);  // throws not_found, io
  ~TarShard();
  TarShard(TarShard&&) noexcept;

  // The next regular file, or nothing at the end. Throws invalid_data where the archive is damaged
  // or cut off; nothing can be read behind that.
  std::optional<TarEntry> next();
  // The content of the entry that came last, once. Throws limit_exceeded where its header claims
  // more than max_bytes or it has more (it is then passed over), invalid_data as next().
  std::vector<uint8_t> read(int64_t max_bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline
