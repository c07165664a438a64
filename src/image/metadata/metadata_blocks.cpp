#include "image/metadata/metadata_blocks.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "image/metadata/box_blocks.h"
#include "image/png_metadata.h"
#include "image/signature_raw.h"
#include "image/signatures.h"

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

constexpr auto kExif = "Exif\0\0"sv;
constexpr auto kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
constexpr auto kPhotoshop = "Photoshop 3.0\0"sv;
constexpr auto kFuji = "FUJIFILMCCD-RAW"sv;
constexpr size_t kMaxPhotoshopBytes = 1 << 20;

bool begins_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

size_t big_endian(Bytes bytes, size_t at, size_t count) {
  size_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

size_t little_endian(Bytes bytes, size_t at) {
  return bytes[at] | size_t{bytes[at + 1]} << 8 | size_t{bytes[at + 2]} << 16 |
         size_t{bytes[at + 3]} << 24;
}

// Image resources of more than 64 kB are in several segments.
void append_photoshop(Bytes part, MetadataBlocks& blocks) {
  if (blocks.photoshop.empty()) {
    blocks.photoshop = part;
    return;
  }
  if (blocks.photoshop.size() + part.size() > kMaxPhotoshopBytes) return;
  std::vector<uint8_t> joined(blocks.photoshop.begin(), blocks.photoshop.end());
  joined.insert(joined.end(), part.begin(), part.end());
  blocks.photoshop = blocks.storage.emplace_back(std::move(joined));
}

void add_jpeg_segment(uint8_t marker, Bytes body, MetadataBlocks& blocks) {
  if (marker == 0xE1 && begins_with(body, kExif) && blocks.exif.empty()) {
    blocks.exif.push_back({body});
  } else if (marker == 0xE1 && begins_with(body, kXmp) && blocks.xmp.empty()) {
    blocks.xmp = body.subspan(kXmp.size());
  } else if (marker == 0xED && begins_with(body, kPhotoshop)) {
    append_photoshop(body.subspan(kPhotoshop.size()), blocks);
  }
}

// Reads the segments before the compressed pixels.
void find_in_jpeg(Bytes file, MetadataBlocks& blocks) {
  constexpr uint8_t kStartOfScan = 0xDA, kEndOfImage = 0xD9;
  for (size_t at = 2; at + 4 <= file.size();) {
    if (file[at] != 0xFF) return;
    const uint8_t marker = file[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == kStartOfScan || marker == kEndOfImage) return;
    const size_t size = big_endian(file, at + 2, 2);
    if (size < 2 || file.size() - at - 2 < size) return;
    add_jpeg_segment(marker, file.subspan(at + 4, size - 2), blocks);
    at += 2 + size;
  }
}

void find_in_png(Bytes file, MetadataBlocks& blocks) {
  PngMetadata metadata;
  for (size_t at = 8; at + 12 <= file.size();) {
    const size_t size = big_endian(file, at, 4);
    if (file.size() - at - 12 < size) break;
    metadata.add(file.subspan(at + 4, 4), file.subspan(at + 8, size));
    at += 12 + size;
  }
  if (const Bytes exif = metadata.exif(blocks.storage.emplace_back()); !exif.empty()) {
    blocks.exif.push_back({exif});
  }
  blocks.xmp = metadata.xmp(blocks.storage.emplace_back());
  const Bytes iptc = metadata.iptc(blocks.storage.emplace_back());
  (begins_with(iptc, "8BIM") ? blocks.photoshop : blocks.iptc) = iptc;
}

void find_in_webp(Bytes file, MetadataBlocks& blocks) {
  for (size_t at = 12; at + 8 <= file.size();) {
    const size_t size = little_endian(file, at + 4);
    if (file.size() - at - 8 < size) return;
    const Bytes type = file.subspan(at, 4), body = file.subspan(at + 8, size);
    if (begins_with(type, "EXIF") && blocks.exif.empty()) blocks.exif.push_back({body});
    if (begins_with(type, "XMP ") && blocks.xmp.empty()) blocks.xmp = body;
    at += 8 + size + size % 2;
  }
}

// RAW files of Fuji have their metadata in a preview in JPEG.
void find_in_fuji(Bytes file, MetadataBlocks& blocks) {
  if (file.size() < 92) return;
  const size_t at = big_endian(file, 84, 4), size = big_endian(file, 88, 4);
  if (at > file.size() || file.size() - at < size) return;
  const Bytes preview = file.subspan(at, size);
  if (is_jpeg(preview)) find_in_jpeg(preview, blocks);
}

}  // namespace

MetadataBlocks find_metadata_blocks(Bytes file) {
  MetadataBlocks blocks;
  if (is_jpeg(file)) {
    find_in_jpeg(file, blocks);
  } else if (is_png(file)) {
    find_in_png(file, blocks);
  } else if (is_webp(file)) {
    find_in_webp(file, blocks);
  } else if (begins_with(file, kFuji)) {
    find_in_fuji(file, blocks);
  } else if (file.size() >= 12 &&
             (begins_with(file.subspan(4), "ftyp") || is_jxl(file) || is_jpeg2000(file))) {
    find_in_boxes(file, blocks);
  } else if (begins_with(file, "II") || begins_with(file, "MM")) {
    // TIFF and the camera RAW files of the same structure.
    ExifFields fields;
    read_exif(file, fields);
    if (is_jpeg(fields.preview)) find_in_jpeg(fields.preview, blocks);
    blocks.exif.push_back({file});
    if (!fields.xmp.empty()) blocks.xmp = fields.xmp;
    if (!fields.iptc.empty()) blocks.iptc = fields.iptc;
    if (!fields.photoshop.empty()) blocks.photoshop = fields.photoshop;
  }
  return blocks;
}

// Source: Adobe Photoshop File Formats Specification, Image Resource Blocks.
Bytes iptc_of_photoshop(Bytes resources) {
  constexpr size_t kIptc = 0x0404;
  for (size_t at = 0; at + 12 <= resources.size();) {
    if (!begins_with(resources.subspan(at), "8BIM")) return {};
    const size_t id = big_endian(resources, at + 4, 2);
    const size_t name = size_t{resources[at + 6]} + 1;  // with its length
    at += 6 + name + name % 2;
    if (at + 4 > resources.size()) return {};
    const size_t size = big_endian(resources, at, 4);
    at += 4;
    if (resources.size() - at < size) return {};
    if (id == kIptc) return resources.subspan(at, size);
    at += size + size % 2;
  }
  return {};
}

}  // namespace sightline::image
