// Reads zip archives in memory: checkpoints of PyTorch, images of data sets. Archives are untrusted
// and are never unpacked to disk. The bytes of stored entries are used in place. Source: PKWARE
// APPNOTE.TXT 6.3.9, sections 4.3 (records), 4.4 (fields), 4.5.3 (zip64).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct ZipEntry {
  std::string name;
  uint64_t size = 0;  // unpacked, in bytes
  bool deflated = false;
  uint32_t crc = 0;                 // checked only by unpack()
  uint64_t offset = 0;              // of the local header in the archive
  std::span<const uint8_t> packed;  // points into the archive's bytes
};

// Limits that are checked before anything is allocated. Sizes apply to deflated entries only, since
// stored entries are not copied.
struct ZipLimits {
  uint64_t max_entries = 200'000;
  uint64_t max_unpacked = 4ULL << 30;  // bytes of all deflated entries together
  uint64_t max_ratio = 200;            // of unpacked to packed size, for entries larger than 1 MiB
};

// A zip archive. The constructor checks all of it: directory and local headers agree, entries are
// inside the archive and do not overlap, names are unique and safe (no "..", absolute path,
// backslash or control character), no entry is encrypted or on another disk, and the limits hold.
// Immutable; may be read from several threads.
class ZipArchive {
 public:
  // `bytes` must outlive the archive and its entries. `name` is the file name for messages. Throws
  // Error: invalid_data, limit_exceeded, unsupported; the message names the entry and its offset.
  ZipArchive(std::span<const uint8_t> bytes, std::string name, const ZipLimits& limits = {});

  const std::map<std::string, ZipEntry>& entries() const { return entries_; }
  // Returns null if there is no entry of this name.
  const ZipEntry* find(const std::string& name) const;

  // Unpacks a deflated entry. Throws invalid_data if it is damaged or does not match the size and
  // checksum in the directory.
  std::vector<uint8_t> unpack(const ZipEntry& entry) const;

 private:
  struct Directory;
  Directory find_directory() const;
  void read_directory(const Directory& directory);
  void check_local_header(ZipEntry& entry, uint16_t flags, uint64_t packed_size) const;
  void check_layout(uint64_t directory_offset) const;
  void check_limits(const ZipLimits& limits) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::span<const uint8_t> bytes_;
  std::string name_;
  std::map<std::string, ZipEntry> entries_;
};

}  // namespace sightline
