// Builds small zip archives whose header fields can be set to wrong values.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::testing {

inline void put(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

inline uint32_t crc_of(const std::string& data) {
  return static_cast<uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

// Returns the data compressed as raw deflate.
inline std::string deflated(const std::string& data) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct ZipItem {
  std::string name;
  std::string packed;
  // Overrides for the headers; -1 or empty: the correct value.
  int64_t size = -1;
  uint16_t method = 0, flags = 0, disk = 0;
  uint32_t crc = 0;
  std::string local_name = {};  // in the local header; empty: `name`
  int64_t offset = -1;          // of the local header, as stored in the directory
  bool wide = false;            // store sizes and offset in a zip64 field
};

inline ZipItem stored(const std::string& name, const std::string& data) {
  return {.name = name, .packed = data, .crc = crc_of(data)};
}
inline ZipItem packed(const std::string& name, const std::string& data) {
  return {.name = name,
          .packed = deflated(data),
          .size = static_cast<int64_t>(data.size()),
          .method = 8,
          .crc = crc_of(data)};
}

struct ZipEnd {
  int64_t entries = -1, size = -1, offset = -1;
  uint16_t disk = 0;
  bool wide = false;  // with a zip64 end record and its locator
  std::string comment = {};
};

inline std::string zip(const std::vector<ZipItem>& items, const ZipEnd& end = {}) {
  std::string out, directory;
  for (const ZipItem& item : items) {
    const uint64_t size = item.size < 0 ? item.packed.size() : static_cast<uint64_t>(item.size);
    const uint64_t offset = item.offset < 0 ? out.size() : static_cast<uint64_t>(item.offset);
    const std::string local = item.local_name.empty() ? item.name : item.local_name;
    std::string sizes, all;
    put(sizes, 1, 2), put(sizes, 16, 2), put(sizes, size, 8), put(sizes, item.packed.size(), 8);
    put(all, 1, 2), put(all, 24, 2), put(all, size, 8), put(all, item.packed.size(), 8),
        put(all, offset, 8);
    const uint64_t marker = 0xffffffff;
    put(out, 0x04034b50, 4), put(out, 20, 2), put(out, item.flags, 2), put(out, item.method, 2),
        put(out, 0, 4), put(out, item.crc, 4);
    put(out, item.wide ? marker : item.packed.size(), 4), put(out, item.wide ? marker : size, 4);
    put(out, local.size(), 2), put(out, item.wide ? sizes.size() : 0, 2);
    out += local + (item.wide ? sizes : "") + item.packed;
    put(directory, 0x02014b50, 4), put(directory, 20, 2), put(directory, 20, 2),
        put(directory, item.flags, 2), put(directory, item.method, 2);
    put(directory, 0, 4), put(directory, item.crc, 4);
    put(directory, item.wide ? marker : item.packed.size(), 4),
        put(directory, item.wide ? marker : size, 4);
    put(directory, item.name.size(), 2), put(directory, item.wide ? all.size() : 0, 2),
        put(directory, 0, 2), put(directory, item.disk, 2);
    put(directory, 0, 6), put(directory, item.wide ? marker : offset, 4);
    directory += item.name + (item.wide ? all : "");
  }
  const uint64_t offset = end.offset < 0 ? out.size() : static_cast<uint64_t>(end.offset);
  const uint64_t size = end.size < 0 ? directory.size() : static_cast<uint64_t>(end.size);
  const uint64_t entries = end.entries < 0 ? items.size() : static_cast<uint64_t>(end.entries);
  out += directory;
  if (end.wide) {
    const uint64_t at = out.size();
    put(out, 0x06064b50, 4), put(out, 44, 8), put(out, 45, 2), put(out, 45, 2), put(out, 0, 8),
        put(out, entries, 8), put(out, entries, 8);
    put(out, size, 8), put(out, offset, 8);
    put(out, 0x07064b50, 4), put(out, 0, 4), put(out, at, 8), put(out, 1, 4);
  }
  put(out, 0x06054b50, 4), put(out, end.disk, 2), put(out, 0, 2);
  put(out, end.wide ? 0xffff : entries, 2), put(out, end.wide ? 0xffff : entries, 2);
  put(out, end.wide ? 0xffffffff : size, 4), put(out, end.wide ? 0xffffffff : offset, 4),
      put(out, end.comment.size(), 2);
  return out + end.comment;
}

}  // namespace sightline::testing
