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

// Where a writer that renames a finished file over `path` has to put it: `path` itself, or what it
// leads to where it is a link (which then stays). Throws io where something is there that is not a
// regular file: a rename would put a file in the place of a device, a pipe or a folder.
std::filesystem::path write_target(const std::filesystem::path& path);

// Writes to a temporary file beside write_target(path) and renames it, so that a reader sees the
// old content or the new, never a part. Throws io, not_found (the folder).
void write_file_atomic(const std::filesystem::path& path, std::string_view content);
void write_file_atomic(const std::filesystem::path& path, std::span<const uint8_t> content);
// The parts one after the other.
void write_file_atomic(const std::filesystem::path& path,
                       std::span<const std::span<const uint8_t>> parts);

// Makes the folder and its missing parents. Throws io.
void make_folder(const std::filesystem::path& path);

// What tells a file from another one under its name, and from itself after a change.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  int64_t size = 0;
  int64_t content_ns = 0, inode_ns = 0;  // times of change, since 1970

  bool operator==(const FileIdentity&) const = default;
};

// Of what the name stands for now (links are followed). Throws not_found, io.
FileIdentity file_identity(const std::filesystem::path& path);

// A file mapped read-only. Movable; the mapping ends with the object.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  // throws not_found, io
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  // Of the file that is mapped, when it was opened; the name may lead to another one since.
  const FileIdentity& identity() const { return identity_; }
  // Tells the system that these bytes are not needed any more: their pages leave the process's
  // resident memory (they can still be read, at the price of another fault).
  void release(std::span<const uint8_t> part) const;
  // Maps the pages of these bytes now, in one call, where reading them would cost a fault for every
  // few. A hint: systems before Linux 5.14 do nothing.
  void populate(std::span<const uint8_t> part) const;

 private:
  void advise(std::span<const uint8_t> part, int advice) const;

  std::filesystem::path path_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  FileIdentity identity_;
};

}  // namespace sightline
