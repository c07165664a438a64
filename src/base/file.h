// Files: whole reads with a bound, atomic writes, read-only mappings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// The whole file. Throws not_found, io, or limit_exceeded where it is larger than max_bytes
// (checked before anything is read).
std::vector<uint8_t> read_file(const std::filesystem::path& path, int64_t max_bytes);
std::string read_text_file(const std::filesystem::path& path, int64_t max_bytes = 256LL << 20);

// Writes to a temporary file beside `path` and renames it, so that a reader sees the old content
// or the new, never a part. Throws io.
void write_file_atomic(const std::filesystem::path& path, std::string_view content);
void write_file_atomic(const std::filesystem::path& path, std::span<const uint8_t> content);

// Every regular file below `directory` (links to files too; folder links are not followed), sorted
// by path as bytes. Names that begin with '.' are left out. Throws not_found, io.
std::vector<std::filesystem::path> list_files(const std::filesystem::path& directory);

// A file mapped read-only. Movable; the mapping ends with the object.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  // throws not_found, io
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  // Tells the system that these bytes are not needed any more: their pages leave the process's
  // resident memory (they can still be read, at the price of another fault).
  void release(std::span<const uint8_t> part) const;

 private:
  std::filesystem::path path_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace sightline
