#include "base/zip.h"

#include <sightline/error.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "base/little_endian.h"
#include "base/text.h"

namespace sightline {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kZip64End = 0x06064b50, kZip64Locator = 0x07064b50;
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kZip64EndBytes = 56,
                 kLocatorBytes = 20;
constexpr size_t kMaxComment = 65535;
constexpr uint16_t kEncrypted = 1, kStrongEncryption = 1 << 6, kMaskedHeaders = 1 << 13,
                   kSizesFollow = 1 << 3;
constexpr uint16_t kStored = 0, kDeflated = 8;
constexpr uint16_t kZip64Extra = 1;
constexpr uint32_t kIn64 = 0xffffffff;        // the number is in the zip64 field
constexpr uint64_t kMinRatioBytes = 1 << 20;  // smaller entries may have any ratio

std::string at_byte(uint64_t offset) {
  return " at byte " + std::to_string(offset);
}

// Returns why a name is rejected, or an empty string.
std::string_view problem_with_name(std::string_view name) {
  if (name.empty()) return "is empty";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "has control characters";
  }
  if (name.find('\\') != name.npos) return "has a backslash";
  if (name.front() == '/' || (name.size() > 1 && name[1] == ':')) return "is an absolute path";
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return "contains '..'";
    begin = end + 1;
  }
  return {};
}

// Reads the 64-bit numbers of a zip64 extra field in order.
class Zip64Field {
 public:
  explicit Zip64Field(std::span<const uint8_t> extra) {
    for (size_t at = 0; at + 4 <= extra.size();) {
      const auto id = read_little<uint16_t>(extra, at);
      const size_t size = read_little<uint16_t>(extra, at + 2);
      if (size > extra.size() - at - 4) return;  // padding, not a field
      if (id == kZip64Extra) {
        field_ = extra.subspan(at + 4, size);
        return;
      }
      at += 4 + size;
    }
  }
  // Returns `value`, or the next 64-bit number if `value` is the marker; nothing if that is
  // missing.
  std::optional<uint64_t> resolve(uint32_t value) {
    if (value != kIn64) return value;
    if (field_.size() - at_ < 8) return std::nullopt;
    at_ += 8;
    return read_little<uint64_t>(field_, at_ - 8);
  }

 private:
  std::span<const uint8_t> field_;
  size_t at_ = 0;
};

}  // namespace

struct ZipArchive::Directory {
  uint64_t offset = 0, size = 0, entries = 0;
};

void ZipArchive::fail(const std::string& what) const {
  throw Error(ErrorCode::invalid_data, "'", name_, "' is not a valid zip archive: ", what);
}

ZipArchive::ZipArchive(std::span<const uint8_t> bytes, std::string name, const ZipLimits& limits)
    : bytes_(bytes), name_(std::move(name)) {
  const Directory directory = find_directory();
  if (directory.entries > limits.max_entries) {
    throw Error(ErrorCode::limit_exceeded, "'", name_, "' has ", directory.entries,
                " entries; expected at most ", limits.max_entries);
  }
  read_directory(directory);
  check_layout(directory.offset);
  check_limits(limits);
}

ZipArchive::Directory ZipArchive::find_directory() const {
  if (bytes_.size() < kEndBytes)
    fail("it has " + std::to_string(bytes_.size()) + " bytes; expected at least 22");
  // The end record is the last one whose comment ends exactly at the end of the file.
  const size_t last = bytes_.size() - kEndBytes;
  const size_t first = last > kMaxComment ? last - kMaxComment : 0;
  size_t end = last + 1;
  for (size_t at = last + 1; at-- > first;) {
    if (read_little<uint32_t>(bytes_, at) == kEnd &&
        at + kEndBytes + read_little<uint16_t>(bytes_, at + 20) == bytes_.size()) {
      end = at;
      break;
    }
  }
  if (end > last) fail("the end record is missing; the file is truncated or not a zip archive");
  uint64_t disk = read_little<uint16_t>(bytes_, end + 4),
           directory_disk = read_little<uint16_t>(bytes_, end + 6);
  uint64_t here = read_little<uint16_t>(bytes_, end + 8),
           entries = read_little<uint16_t>(bytes_, end + 10);
  Directory result{read_little<uint32_t>(bytes_, end + 16), read_little<uint32_t>(bytes_, end + 12),
                   entries};
  uint64_t limit = end;  // end of the space for the directory
  const bool wants64 = entries == 0xffff || result.size == kIn64 || result.offset == kIn64;
  const bool has_locator =
      end >= kLocatorBytes && read_little<uint32_t>(bytes_, end - kLocatorBytes) == kZip64Locator;
  if (wants64 && !has_locator)
    fail("the zip64 locator before the end record" + at_byte(end) + " is missing");
  if (has_locator) {
    const auto at = read_little<uint64_t>(bytes_, end - kLocatorBytes + 8);
    if (read_little<uint32_t>(bytes_, end - 4) > 1) disk = 1;
    if (at > end - kLocatorBytes || end - kLocatorBytes - at < kZip64EndBytes ||
        read_little<uint32_t>(bytes_, at) != kZip64End) {
      fail("the zip64 locator" + at_byte(end - kLocatorBytes) + " points to byte " +
           std::to_string(at) + ", which is not a zip64 end record");
    }
    disk = std::max<uint64_t>(disk == 0xffff ? 0 : disk, read_little<uint32_t>(bytes_, at + 16));
    directory_disk = read_little<uint32_t>(bytes_, at + 20);
    here = read_little<uint64_t>(bytes_, at + 24);
    entries = read_little<uint64_t>(bytes_, at + 32);
    const Directory wide{read_little<uint64_t>(bytes_, at + 48),
                         read_little<uint64_t>(bytes_, at + 40), entries};
    if ((result.size != kIn64 && result.size != wide.size) ||
        (result.offset != kIn64 && result.offset != wide.offset) ||
        (result.entries != 0xffff && result.entries != wide.entries)) {
      fail("the end record" + at_byte(end) + " and the zip64 end record" + at_byte(at) +
           " contradict each other");
    }
    result = wide;
    limit = at;
  }
  if (disk != 0 || directory_disk != 0 || here != entries) {
    throw Error(ErrorCode::unsupported, "'", name_,
                "' is one disk of a multi-disk zip archive, which is not supported");
  }
  if (result.offset > limit || result.size > limit - result.offset) {
    fail("its directory claims bytes " + std::to_string(result.offset) + " to " +
         std::to_string(result.offset) + " + " + std::to_string(result.size) +
         ", beyond the end record" + at_byte(limit));
  }
  if (result.entries > result.size / kCentralBytes) {
    fail("its directory of " + std::to_string(result.size) + " bytes claims " +
         std::to_string(result.entries) + " entries");
  }
  return result;
}

void ZipArchive::read_directory(const Directory& directory) {
  const auto part = bytes_.subspan(directory.offset, directory.size);
  size_t at = 0;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const std::string location = at_byte(directory.offset + at);
    if (part.size() - at < kCentralBytes || read_little<uint32_t>(part, at) != kCentralHeader) {
      fail("entry " + std::to_string(i) + " of the directory has no entry header" + location);
    }
    const auto flags = read_little<uint16_t>(part, at + 8),
               method = read_little<uint16_t>(part, at + 10);
    const size_t name_size = read_little<uint16_t>(part, at + 28),
                 extra_size = read_little<uint16_t>(part, at + 30);
    const size_t comment_size = read_little<uint16_t>(part, at + 32);
    if (part.size() - at - kCentralBytes < name_size + extra_size + comment_size)
      fail("an entry of the directory is truncated" + location);
    ZipEntry entry;
    entry.name.assign(reinterpret_cast<const char*>(part.data()) + at + kCentralBytes, name_size);
    const std::string label = "entry '" + printable(entry.name, 80) + "'" + location;
    if (const auto problem = problem_with_name(entry.name); !problem.empty())
      fail("the name of " + label + " " + std::string(problem));
    if ((flags & (kEncrypted | kStrongEncryption | kMaskedHeaders)) != 0) {
      throw Error(ErrorCode::unsupported, "'", name_, "': ", label,
                  " is encrypted, which is not supported");
    }
    if (method != kStored && method != kDeflated) {
      throw Error(ErrorCode::unsupported, "'", name_, "': ", label, " uses compression method ",
                  method, "; expected stored (0) or deflated (8)");
    }
    Zip64Field wide(part.subspan(at + kCentralBytes + name_size, extra_size));
    const auto size = wide.resolve(read_little<uint32_t>(part, at + 24));
    const auto packed = wide.resolve(read_little<uint32_t>(part, at + 20));
    const auto offset = wide.resolve(read_little<uint32_t>(part, at + 42));
    if (!size || !packed || !offset) fail(label + " lacks its zip64 sizes");
    const auto disk = read_little<uint16_t>(part, at + 34);
    if (disk != 0 && disk != 0xffff)
      throw Error(ErrorCode::unsupported, "'", name_, "': ", label,
                  " is on another disk, which is not supported");
    entry.size = *size;
    entry.offset = *offset;
    entry.deflated = method == kDeflated;
    entry.crc = read_little<uint32_t>(part, at + 16);
    if (!entry.deflated && *size != *packed)
      fail(label + " is stored, but its sizes differ: " + std::to_string(*packed) + " and " +
           std::to_string(*size));
    check_local_header(entry, flags, *packed);
    const std::string name = entry.name;
    if (!entries_.emplace(name, std::move(entry)).second) fail(label + " appears twice");
    at += kCentralBytes + name_size + extra_size + comment_size;
  }
}

// Checks that the local header agrees with the directory, and sets entry.packed.
void ZipArchive::check_local_header(ZipEntry& entry, uint16_t flags, uint64_t packed_size) const {
  const std::string label = "entry '" + printable(entry.name, 80) + "'" + at_byte(entry.offset);
  if (entry.offset > bytes_.size() || bytes_.size() - entry.offset < kLocalBytes ||
      read_little<uint32_t>(bytes_, entry.offset) != kLocalHeader) {
    fail(label + " has no local header");
  }
  const auto header = bytes_.subspan(entry.offset);
  const size_t name_size = read_little<uint16_t>(header, 26),
               extra_size = read_little<uint16_t>(header, 28);
  const size_t data = kLocalBytes + name_size + extra_size;
  if (data > header.size() || packed_size > header.size() - data) {
    fail(label + " claims " + std::to_string(packed_size) + " bytes, beyond the end of the file");
  }
  const std::string_view name(reinterpret_cast<const char*>(header.data()) + kLocalBytes,
                              name_size);
  const bool deflated = read_little<uint16_t>(header, 8) == kDeflated;
  if (name != entry.name || deflated != entry.deflated)
    fail(label + " has another name or method in its local header than in the directory");
  if (((flags ^ read_little<uint16_t>(header, 6)) & kEncrypted) != 0)
    fail(label + " is encrypted according to its local header, but not to the directory");
  if ((flags & kSizesFollow) == 0) {
    Zip64Field wide(header.subspan(kLocalBytes + name_size, extra_size));
    const auto size = wide.resolve(read_little<uint32_t>(header, 22)),
               packed = wide.resolve(read_little<uint32_t>(header, 18));
    if (size != entry.size || packed != packed_size)
      fail(label + " has other sizes in its local header than in the directory");
  }
  entry.packed = header.subspan(data, packed_size);
}

// Checks that no entries overlap: zip bombs use shared bytes to expand a small archive.
void ZipArchive::check_layout(uint64_t directory_offset) const {
  std::vector<const ZipEntry*> order;
  for (const auto& [name, entry] : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->offset < b->offset; });
  uint64_t previous_end = 0;
  for (const ZipEntry* entry : order) {
    const auto end =
        static_cast<uint64_t>(entry->packed.data() - bytes_.data()) + entry->packed.size();
    if (entry->offset < previous_end)
      fail("entry '" + entry->name + "'" + at_byte(entry->offset) + " overlaps the one before it");
    if (end > directory_offset)
      fail("entry '" + entry->name + "'" + at_byte(entry->offset) + " overlaps the directory");
    previous_end = end;
  }
}

void ZipArchive::check_limits(const ZipLimits& limits) const {
  uint64_t total = 0;
  for (const auto& [name, entry] : entries_) {
    if (!entry.deflated) continue;
    const uint64_t packed = entry.packed.size();
    const bool bomb = entry.size > kMinRatioBytes && entry.size / limits.max_ratio > packed;
    if (bomb || entry.size > limits.max_unpacked - total) {
      throw Error(
          ErrorCode::limit_exceeded,
          "'" + name_ + "': entry '" + name + "'" + at_byte(entry.offset) + " unpacks " +
              std::to_string(packed) + " bytes to " + std::to_string(entry.size) +
              (bomb ? "; expected at most " + std::to_string(limits.max_ratio) + " times as much"
                    : "; expected at most " + std::to_string(limits.max_unpacked) + " in total"));
    }
    total += entry.size;
  }
}

const ZipEntry* ZipArchive::find(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<uint8_t> ZipArchive::unpack(const ZipEntry& entry) const {
  const std::string label = "entry '" + entry.name + "'" + at_byte(entry.offset);
  std::vector<uint8_t> out(entry.size);
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK)
    throw Error(ErrorCode::internal, "cannot initialize zlib");
  constexpr size_t kMaxChunk = std::numeric_limits<uInt>::max();
  size_t read = 0, written = 0;
  int status = Z_OK;
  uint8_t none = 0;  // output buffer of an entry that unpacks to 0 bytes
  while (status == Z_OK) {
    const size_t in = std::min(kMaxChunk, entry.packed.size() - read),
                 room = std::min(kMaxChunk, out.size() - written);
    stream.next_in = const_cast<Bytef*>(entry.packed.data() + read);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = out.empty() ? &none : out.data() + written;
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    written += room - stream.avail_out;
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || written != out.size() || read != entry.packed.size()) {
    fail(label + " is damaged or does not unpack to " + std::to_string(entry.size) + " bytes");
  }
  uLong crc = crc32(0, nullptr, 0);
  for (size_t at = 0; at < out.size();) {
    const size_t n = std::min<size_t>(out.size() - at, 1 << 30);
    crc = crc32(crc, out.data() + at, static_cast<uInt>(n));
    at += n;
  }
  if (crc != entry.crc) fail(label + " does not match its checksum in the directory");
  return out;
}

}  // namespace sightline
