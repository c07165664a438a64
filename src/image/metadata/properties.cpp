#include "image/metadata/properties.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/plugin.h"
#include "base/text_encoding.h"
#include "image/metadata/metadata_text.h"

namespace sightline::image {
namespace {

constexpr size_t kMaxXmpBytes = size_t{4} << 20;
constexpr size_t kMaxIptcBytes = size_t{1} << 20;
constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxNames = 20'000;
constexpr size_t kMaxNamespaces = 500;

PropertyReader* load_reader(const char* function) {
  if (!plugin_exists("exiv2")) {
    throw Error(ErrorCode::unsupported,
                "has XMP or IPTC metadata; this build has no libexiv2: install libexiv2-dev and "
                "build again");
  }
  return reinterpret_cast<PropertyReader*>(
      plugin_symbol("exiv2", function, "has XMP or IPTC metadata, whose reader"));
}

// Returns why a packet is not given to the parser, or nullptr. Its parser is recursive, and some of
// its steps are quadratic in the number of names.
const char* xmp_problem(std::string_view xmp) {
  if (xmp.size() > kMaxXmpBytes) return "is larger than 4 MiB";
  if (xmp.find('\0') != xmp.npos) return "is not UTF-8";
  if (xmp.find("<!DOCTYPE") != xmp.npos || xmp.find("<!ENTITY") != xmp.npos) {
    return "has a document type, which XMP does not allow";
  }
  size_t depth = 0, names = 0, namespaces = 0;
  for (size_t at = 0; at < xmp.size(); ++at) {
    if (xmp[at] == '=') ++names;
    if (xmp[at] == 'x' && xmp.substr(at, 6) == "xmlns:") ++namespaces;
    if (xmp[at] == '/' && at + 1 < xmp.size() && xmp[at + 1] == '>' && depth > 0) --depth;
    if (xmp[at] != '<' || at + 1 >= xmp.size()) continue;
    const char next = xmp[at + 1];
    if (next == '?' || next == '!') continue;
    if (next == '/') {
      if (depth > 0) --depth;
      continue;
    }
    ++names;
    if (++depth > kMaxDepth) return "is nested more than 64 levels deep";
  }
  if (namespaces > kMaxNamespaces) return "has more than 500 namespaces";
  return names > kMaxNames ? "has more than 20000 elements and attributes" : nullptr;
}

// Returns the packet in UTF-8, without byte order mark and zeros at the end. A packet in UTF-16 may
// have its byte order mark only inside its header.
std::string utf8_of(std::string_view packet) {
  using namespace std::string_view_literals;
  ByteOrderMark mark = byte_order_mark(packet);
  if (packet.starts_with("\0<"sv)) mark.encoding = TextEncoding::utf16_be;
  if (packet.starts_with("<\0"sv)) mark.encoding = TextEncoding::utf16_le;
  packet.remove_prefix(mark.bytes);
  std::string text;
  if (mark.encoding == TextEncoding::utf8) {
    text = packet;
  } else {
    Utf8Converter converter(mark.encoding);
    converter.append(packet, text);
    converter.finish(text);
  }
  while (text.ends_with('\0')) text.pop_back();
  return text;
}

size_t max_bytes_of(const std::string& key) {
  return key.ends_with("escription") || key.ends_with("Caption") ? kMaxDescriptionBytes
                                                                 : kMaxTextBytes;
}

std::vector<Property> cleaned(const std::vector<Property>& found) {
  std::vector<Property> properties;
  for (const Property& property : found) {
    std::string value = clean_text(property.value, max_bytes_of(property.key));
    if (!value.empty()) properties.push_back({property.key, std::move(value)});
  }
  return properties;
}

std::vector<Property> read(const char* function, const char* kind, Bytes block,
                           const std::string& name, std::span<const std::string_view> keys,
                           std::vector<std::string>& problems) {
  std::vector<Property> found;
  try {
    PropertyReader* const reader = load_reader(function);
    if (!reader(block, keys, found)) {
      problems.push_back(message("'", name, "' has ", kind, " metadata that is damaged"));
    }
  } catch (const Error& error) {
    problems.push_back(message("'", name, "' ", error.what()));
  }
  return cleaned(found);
}

}  // namespace

std::vector<Property> read_xmp(Bytes packet, const std::string& name,
                               std::span<const std::string_view> keys,
                               std::vector<std::string>& problems) {
  const Bytes bytes = packet.first(std::min(packet.size(), kMaxXmpBytes + 1));
  const std::string text = utf8_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (const char* const problem = xmp_problem(text)) {
    problems.push_back(message("'", name, "' has XMP metadata that ", problem));
    return {};
  }
  const Bytes checked(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return read("sightline_read_xmp", "XMP", checked, name, keys, problems);
}

std::vector<Property> read_iptc(Bytes block, const std::string& name,
                                std::span<const std::string_view> keys,
                                std::vector<std::string>& problems) {
  if (block.size() > kMaxIptcBytes) {
    problems.push_back(message("'", name, "' has IPTC metadata that is larger than 1 MiB"));
    return {};
  }
  return read("sightline_read_iptc", "IPTC", block, name, keys, problems);
}

}  // namespace sightline::image
