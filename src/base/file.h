// Files: reads with a size limit, atomic writes, read-only mappings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Returns the content of a regular file. Throws not_found, io, or limit_exceeded if it is larger
// than max_bytes, which is checked before reading.
std::vector<uint8_t> read_file(const std::filesystem::path& path, int64_t max_bytes);
std::string read_text_file(const std::filesystem::path& path, int64_t max_bytes = 256LL << 20);

// Returns the path that a writer must rename its finished temporary file to: `path`, or the target
// of `path` if it is a symbolic link, so that the link remains. The target need not exist. Throws
// io if it exists and is not a regular file: a rename would replace a device, a pipe or a folder.
std::filesystem::path write_target(const std::filesystem::path& path);

// Writes a temporary file in the folder of write_target(path), syncs and renames it, so that
// readers see either the old or the new content. Throws io, or not_found if the folder does not
// exist.
void write_file_atomic(const std::filesystem::path& path, std::string_view content);
void write_file_atomic(const std::filesystem::path& path, std::span<const uint8_t> content);
// Writes the concatenated parts.
void write_file_atomic(const std::filesystem::path& path,
                       std::span<const std::span<const uint8_t>> parts);

// Creates the folder and its missing parents. Throws io.
void make_folder(const std::filesystem::path& path);

// Returns the status of the file that `path` names, following links; its type is not_found if there
// is none. Throws io with the reason if that cannot be determined, such as in a folder that may not
// be searched. (std::filesystem's functions without an error code throw without naming an action.)
std::filesystem::file_status file_status(const std::filesystem::path& path);

// Returns the paths of the entries of a folder, sorted. Throws io, or not_found if there is none.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder);

// Identifies a version of a file: it differs for another file of the same name, and after a change.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  int64_t size = 0;
  int64_t mtime_ns = 0, ctime_ns = 0;  // change of content and of inode; nanoseconds since 1970

  bool operator==(const FileIdentity&) const = default;
};

// Returns the identity of the file at `path`, following symbolic links. Throws not_found, io.
FileIdentity file_identity(const std::filesystem::path& path);

// Returns the time at which the file was created, in nanoseconds since 1970; 0 if the file system
// does not say. A file keeps it when it is renamed; another one that gets its inode has a later
// one.
int64_t birth_time_ns(const std::filesystem::path& path);

// A file's content, and the version of the file that it was read from.
struct ReadVersion {
  std::vector<uint8_t> bytes;
  FileIdentity identity;
  bool stable = false;  // the file did not change while it was read
};
// Throws what read_file throws.
ReadVersion read_file_version(const std::filesystem::path& path, int64_t max_bytes);

// Waits until the names of a folder's entries are on the disk, so that a renamed file is found
// after a power failure. File systems that cannot do that are accepted. Throws io.
void sync_folder(const std::filesystem::path& folder);

// A read-only memory mapping of a regular file. Unmapped by the destructor.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  // throws not_found, io
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  // The identity of the mapped file when it was opened; path() may have been replaced since.
  const FileIdentity& identity() const { return identity_; }
  // Removes the pages of these bytes from resident memory. They can still be read, at the cost of a
  // page fault.
  void release(std::span<const uint8_t> part) const;
  // Maps the pages of these bytes in one call, which saves page faults when they are read. A hint:
  // ignored before Linux 5.14.
  void populate(std::span<const uint8_t> part) const;

 private:
  void advise(std::span<const uint8_t> part, int advice) const;

  std::filesystem::path path_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  FileIdentity identity_;
};

}  // namespace sightline
