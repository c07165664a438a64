// Zip archives in memory, as PyTorch writes them. A reader of our own: archives come from
// strangers, nothing is ever unpacked to disk, and almost all entries are stored, so that their
// bytes can be used where they lie. Source: PKWARE APPNOTE.TXT 6.3.9, sections 4.3 (records), 4.4
// (fields), 4.5.3 (zip64).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct ZipEntry {
  std::string name;
  uint64_t size = 0;  // unpacked
  bool deflated = false;
  uint32_t crc = 0;                 // checked where an entry is unpacked
  uint64_t offset = 0;              // of its local header in the archive
  std::span<const uint8_t> packed;  // in the archive's bytes
};

// Limits before allocation, for deflated entries (stored ones cost nothing).
struct ZipLimits {
  uint64_t max_entries = 200'000;
  uint64_t max_unpacked = 4ULL << 30;  // of all deflated entries together
  uint64_t max_ratio = 200;            // unpacked to packed, above a megabyte
};

// An archive, checked whole when opened: directory and local headers agree, every entry lies inside
// the archive and overlaps no other, names are given once and lead nowhere (no "..", no absolute
// path, no backslash, no control characters), nothing is encrypted or on another disk, and the
// limits hold. Immutable; reading from many threads is safe.
class ZipArchive {
 public:
  // `bytes` must outlive the archive and its entries. `name` is the file's, for messages.
  // Throws Error: invalid_data, limit_exceeded, unsupported; the sentence names entry and offset.
  ZipArchive(std::span<const uint8_t> bytes, std::string name, const ZipLimits& limits = {});

  const std::map<std::string, ZipEntry>& entries() const { return entries_; }
  const ZipEntry* find(const std::string& name) const;

  // The bytes of a deflated entry. Throws invalid_data (damaged, another size or checksum than the
  // directory says).
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
