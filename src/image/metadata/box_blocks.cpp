// Sources: ISO/IEC 14496-12 (boxes, meta, iinf, iloc), ISO/IEC 23008-12
// (HEIF), ISO/IEC 18181-2 (JPEG XL), ISO/IEC 15444-1 (JPEG 2000), and for CR3 the description by
// Laurent Clévy (lclevy/canon_cr3).
#include "image/metadata/box_blocks.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

constexpr size_t kMaxItemBytes = size_t{8} << 20;

constexpr auto kUuidXmp = "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC"sv;
constexpr auto kUuidIptc = "\x33\xC7\xA4\xD2\xB8\x1D\x47\x23\xA0\xBA\xF1\xA3\xE0\x97\xAD\x38"sv;
constexpr auto kUuidExif = "JpgTiffExif->JP2"sv;
constexpr auto kUuidCanon = "\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48"sv;

bool begins_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Takes big-endian numbers and strings from the beginning of a box's content.
class Content {
 public:
  explicit Content(Bytes bytes) : rest_(bytes) {}

  // Returns a number of 0 to 8 bytes; 0 after the end.
  uint64_t number(size_t bytes) {
    if (rest_.size() < bytes) {
      failed_ = true;
      return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | rest_[i];
    rest_ = rest_.subspan(bytes);
    return value;
  }
  // Returns the text before the next zero byte, which is dropped.
  std::string_view string() {
    const auto end = std::find(rest_.begin(), rest_.end(), uint8_t{0});
    const auto size = static_cast<size_t>(end - rest_.begin());
    const std::string_view text(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(std::min(size + 1, rest_.size()));
    return text;
  }
  Bytes rest() const { return rest_; }
  bool failed() const { return failed_; }  // whether it ended too early

 private:
  Bytes rest_;
  bool failed_ = false;
};

struct Box {
  std::string_view type;
  Bytes body;
};

// Takes the box at the beginning of `bytes`; std::nullopt at the end or if it is damaged.
std::optional<Box> take_box(Bytes& bytes) {
  Content head(bytes);
  uint64_t size = head.number(4);
  const Bytes type = head.rest();
  head.number(4);
  if (size == 1) size = head.number(8);
  if (head.failed()) return std::nullopt;
  const size_t head_bytes = bytes.size() - head.rest().size();
  if (size == 0) size = bytes.size();  // up to the end of the file
  if (size < head_bytes || size > bytes.size()) return std::nullopt;
  const Bytes body = bytes.subspan(head_bytes, static_cast<size_t>(size) - head_bytes);
  bytes = bytes.subspan(static_cast<size_t>(size));
  return Box{{reinterpret_cast<const char*>(type.data()), 4}, body};
}

Bytes find_box(Bytes bytes, std::string_view type) {
  while (const std::optional<Box> box = take_box(bytes)) {
    if (box->type == type) return box->body;
  }
  return {};
}

// The TIFF block after the number of bytes before it.
void add_exif_item(Bytes item, MetadataBlocks& blocks) {
  Content content(item);
  const uint64_t offset = content.number(4);
  if (content.failed() || offset > content.rest().size() || !blocks.exif.empty()) return;
  blocks.exif.push_back({content.rest().subspan(static_cast<size_t>(offset))});
}

struct ItemIds {
  std::optional<uint64_t> exif, xmp;
};

// Finds the first item of each kind in the item information box.
ItemIds find_item_ids(Bytes information) {
  Content content(information);
  const uint64_t version = content.number(1);
  content.number(3);
  content.number(version == 0 ? 2 : 4);  // the number of entries, which follow as boxes
  ItemIds ids;
  Bytes entries = content.rest();
  while (const std::optional<Box> box = take_box(entries)) {
    Content entry(box->body);
    const uint64_t entry_version = entry.number(1);
    entry.number(3);
    if (box->type != "infe" || entry_version < 2) continue;
    const uint64_t id = entry.number(entry_version == 2 ? 2 : 4);
    entry.number(2);  // protection
    const bool is_exif = begins_with(entry.rest(), "Exif");
    const bool is_mime = begins_with(entry.rest(), "mime");
    entry.number(4);
    entry.string();  // the item's name
    if (is_exif && !ids.exif) ids.exif = id;
    if (is_mime && !ids.xmp && entry.string() == "application/rdf+xml") ids.xmp = id;
  }
  return ids;
}

// Reads the item location box: calls found(id, item's bytes) for each item.
class ItemLocations {
 public:
  ItemLocations(Bytes file, Bytes meta_children, MetadataBlocks& blocks)
      : file_(file), idat_(find_box(meta_children, "idat")), blocks_(blocks) {}

  void read(Bytes locations, const ItemIds& ids) {
    Content content(locations);
    const uint64_t version = content.number(1);
    content.number(3);
    const uint64_t sizes = content.number(2);
    offset_bytes_ = sizes >> 12;
    length_bytes_ = sizes >> 8 & 15;
    const uint64_t base_bytes = sizes >> 4 & 15;
    index_bytes_ = version == 0 ? 0 : sizes & 15;
    if (std::max({offset_bytes_, length_bytes_, base_bytes, index_bytes_}) > 8) return;
    const uint64_t items = content.number(version < 2 ? 2 : 4);
    for (uint64_t i = 0; i < items && !content.failed(); ++i) {
      const uint64_t id = content.number(version < 2 ? 2 : 4);
      const uint64_t method = version == 0 ? 0 : content.number(2) & 15;
      content.number(2);  // data reference
      const uint64_t base = content.number(static_cast<size_t>(base_bytes));
      const bool wanted = id == ids.exif || id == ids.xmp;
      const Bytes item = read_item(content, method, base, wanted);
      if (id == ids.exif) add_exif_item(item, blocks_);
      if (id == ids.xmp && blocks_.xmp.empty()) blocks_.xmp = item;
    }
  }

 private:
  // Returns the bytes of the item, whose extents follow; empty if they are not inside the file.
  Bytes read_item(Content& content, uint64_t method, uint64_t base, bool wanted) {
    const Bytes source = method == 0 ? file_ : method == 1 ? idat_ : Bytes();
    const uint64_t extents = content.number(2);
    std::vector<uint8_t> joined;
    Bytes only;
    for (uint64_t i = 0; i < extents && !content.failed(); ++i) {
      content.number(static_cast<size_t>(index_bytes_));
      const uint64_t offset = base + content.number(static_cast<size_t>(offset_bytes_));
      uint64_t length = content.number(static_cast<size_t>(length_bytes_));
      if (!wanted || offset > source.size()) continue;
      if (length == 0) length = source.size() - offset;
      length = std::min<uint64_t>(length, source.size() - offset);
      only = source.subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
      if (extents > 1 && joined.size() + only.size() <= kMaxItemBytes) {
        joined.insert(joined.end(), only.begin(), only.end());
      }
    }
    if (extents <= 1) return only;
    return blocks_.storage.emplace_back(std::move(joined));
  }

  Bytes file_, idat_;
  MetadataBlocks& blocks_;
  uint64_t offset_bytes_ = 0, length_bytes_ = 0, index_bytes_ = 0;
};

void find_in_items(Bytes file, Bytes meta, MetadataBlocks& blocks) {
  if (meta.size() < 4) return;
  const Bytes children = meta.subspan(4);  // after version and flags
  const ItemIds ids = find_item_ids(find_box(children, "iinf"));
  if (ids.exif || ids.xmp) {
    ItemLocations(file, children, blocks).read(find_box(children, "iloc"), ids);
  }
}

// The boxes of a CR3 file in moov: one TIFF block for each kind of directory.
void find_in_canon(Bytes movie, MetadataBlocks& blocks) {
  while (const std::optional<Box> box = take_box(movie)) {
    if (box->type != "uuid" || !begins_with(box->body, kUuidCanon)) continue;
    Bytes children = box->body.subspan(kUuidCanon.size());
    while (const std::optional<Box> block = take_box(children)) {
      if (block->type == "CMT1") blocks.exif.push_back({block->body, ExifDirectory::image});
      if (block->type == "CMT2") blocks.exif.push_back({block->body, ExifDirectory::exif});
      if (block->type == "CMT4") blocks.exif.push_back({block->body, ExifDirectory::gps});
    }
    return;
  }
}

void add_uuid(Bytes body, MetadataBlocks& blocks) {
  const auto after = [&](std::string_view uuid) { return body.subspan(uuid.size()); };
  if (begins_with(body, kUuidXmp)) blocks.xmp = after(kUuidXmp);
  if (begins_with(body, kUuidIptc)) blocks.iptc = after(kUuidIptc);
  if (begins_with(body, kUuidExif)) blocks.exif.push_back({after(kUuidExif)});
}

}  // namespace

void find_in_boxes(Bytes file, MetadataBlocks& blocks) {
  constexpr size_t kMaxExifBlocks = 16;
  Bytes rest = file;
  while (const std::optional<Box> box = take_box(rest)) {
    if (blocks.exif.size() > kMaxExifBlocks) return;
    if (box->type == "meta") find_in_items(file, box->body, blocks);
    if (box->type == "moov") find_in_canon(box->body, blocks);
    if (box->type == "uuid") add_uuid(box->body, blocks);
    if (box->type == "Exif") add_exif_item(box->body, blocks);
    if (box->type == "xml " && blocks.xmp.empty()) blocks.xmp = box->body;
    if (box->type == "brob" && (begins_with(box->body, "Exif") || begins_with(box->body, "xml "))) {
      blocks.note = "its metadata is compressed with Brotli, which is not read";
    }
  }
}

}  // namespace sightline::image
