#include "image/png_metadata.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "image/decoders.h"
#include "image/exif.h"

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

constexpr size_t kMaxTextBytes = 1 << 20;

bool is(Bytes bytes, std::string_view text) {
  return bytes.size() == text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Splits off the part before the next zero byte, which is dropped. Without one, the rest is empty
// and the part has everything.
Bytes take_string(Bytes& rest) {
  const auto end = std::find(rest.begin(), rest.end(), uint8_t{0});
  const auto size = static_cast<size_t>(end - rest.begin());
  const Bytes part = rest.first(size);
  rest = rest.subspan(std::min(size + 1, rest.size()));
  return part;
}

// Returns the decompressed text; empty if it is corrupt or longer than kMaxTextBytes.
std::vector<uint8_t> inflate_text(Bytes bytes) {
  std::vector<uint8_t> out(kMaxTextBytes);
  uLongf size = out.size();
  uLong used = bytes.size();
  const int status = uncompress2(out.data(), &size, bytes.data(), &used);
  out.resize(status == Z_OK ? size : 0);
  return out;
}

int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Decodes "\nexif\n<length>\n<hexadecimal digits in lines>"; empty if there is another character.
std::vector<uint8_t> decode_raw_profile(Bytes text) {
  for (int line = 0; line < 3; ++line) {
    const auto end = std::find(text.begin(), text.end(), uint8_t{'\n'});
    if (end == text.end()) return {};
    text = text.subspan(static_cast<size_t>(end - text.begin()) + 1);
  }
  std::vector<uint8_t> bytes;
  int high = -1;
  for (const uint8_t c : text) {
    if (c == '\n' || c == ' ' || c == '\r' || c == '\t') continue;
    const int digit = hex_digit(c);
    if (digit < 0) return {};
    if (high >= 0) bytes.push_back(static_cast<uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

}  // namespace

PngMetadata::Text PngMetadata::text_of(Bytes type, Bytes rest) {
  if (is(type, "tEXt"sv)) return {rest, false};
  if (is(type, "zTXt"sv)) {  // compression method, text
    return rest.empty() ? Text() : Text{rest.subspan(1), true};
  }
  if (rest.size() < 2) return {};  // iTXt: flag, compression method, language, keyword, text
  const bool compressed = rest[0] != 0;
  if (compressed && rest[1] != 0) return {};
  rest = rest.subspan(2);
  take_string(rest);
  take_string(rest);
  return {rest, compressed};
}

void PngMetadata::add(Bytes type, Bytes body) {
  if (is(type, "eXIf"sv)) exif_ = body;
  if (!is(type, "tEXt"sv) && !is(type, "zTXt"sv) && !is(type, "iTXt"sv)) return;
  const Bytes keyword = take_string(body);
  if (is(keyword, "Raw profile type exif"sv)) exif_profile_ = text_of(type, body);
  if (is(keyword, "Raw profile type iptc"sv)) iptc_profile_ = text_of(type, body);
  if (is(keyword, "XML:com.adobe.xmp"sv)) xmp_ = text_of(type, body);
}

Bytes PngMetadata::profile(const Text& text, std::vector<uint8_t>& storage) {
  if (text.bytes.empty()) return {};
  std::vector<uint8_t> inflated;
  if (text.compressed) inflated = inflate_text(text.bytes);
  storage = decode_raw_profile(text.compressed ? Bytes(inflated) : text.bytes);
  return storage;
}

Bytes PngMetadata::exif(std::vector<uint8_t>& storage) const {
  return exif_.empty() ? profile(exif_profile_, storage) : exif_;
}

Bytes PngMetadata::iptc(std::vector<uint8_t>& storage) const {
  return profile(iptc_profile_, storage);
}

Bytes PngMetadata::xmp(std::vector<uint8_t>& storage) const {
  if (!xmp_.compressed) return xmp_.bytes;
  storage = inflate_text(xmp_.bytes);
  return storage;
}

int PngMetadata::orientation() const {
  std::vector<uint8_t> exif_storage, xmp_storage;
  return exif_orientation(exif(exif_storage), xmp(xmp_storage));
}

}  // namespace sightline::image
