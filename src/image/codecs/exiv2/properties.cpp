// Parses XMP and IPTC with libexiv2. It is given single blocks that its caller has found and
// checked, never image files or EXIF directories (docs/decisions/0051-image-metadata.md).
#include "image/metadata/properties.h"

#include <algorithm>
#include <exiv2/error.hpp>
#include <exiv2/iptc.hpp>
#include <exiv2/value.hpp>
#include <exiv2/xmp_exiv2.hpp>
#include <mutex>

namespace sightline::image {
namespace {

constexpr size_t kMaxProperties = 5000;

// The toolkit below XmpParser has global tables of namespaces, which parsing extends.
std::mutex xmp_mutex;

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

// Prepares the parser for a packet. The tables are emptied from time to time: each name is searched
// for in all namespaces that packets have declared since.
void prepare_xmp(std::string_view packet) {
  constexpr size_t kMaxDeclared = 1000;
  static size_t declared = 0;
  static bool initialized = false;
  const size_t declares = count_of(packet, "xmlns:");
  if (initialized && declared + declares > kMaxDeclared) {
    Exiv2::XmpParser::terminate();
    initialized = false;
  }
  if (!initialized) {
    Exiv2::LogMsg::setHandler(nullptr);
    Exiv2::XmpParser::initialize();
    initialized = true;
    declared = 0;
  }
  declared += declares;
}

std::string default_language(const Exiv2::LangAltValue& texts) {
  const auto found = texts.value_.find("x-default");
  if (found != texts.value_.end()) return found->second;
  return texts.value_.empty() ? std::string() : texts.value_.begin()->second;
}

void append_values(const std::string& key, const Exiv2::Value& value,
                   std::vector<Property>& found) {
  if (const auto* const texts = dynamic_cast<const Exiv2::LangAltValue*>(&value)) {
    found.push_back({key, default_language(*texts)});
    return;
  }
  if (dynamic_cast<const Exiv2::XmpArrayValue*>(&value) != nullptr) {
    for (long i = 0; i < static_cast<long>(value.count()); ++i) {
      if (found.size() >= kMaxProperties) return;
      found.push_back({key, value.toString(i)});
    }
    return;
  }
  found.push_back({key, value.toString()});
}

template <typename Data>
void append_wanted(const Data& data, std::span<const std::string_view> keys,
                   std::vector<Property>& found) {
  for (const auto& datum : data) {
    const std::string key = datum.key();
    if (found.size() < kMaxProperties && std::ranges::find(keys, key) != keys.end()) {
      append_values(key, datum.value(), found);
    }
  }
}

}  // namespace

extern "C" bool sightline_read_xmp(Bytes packet, std::span<const std::string_view> keys,
                                   std::vector<Property>& found) try {
  const std::lock_guard lock(xmp_mutex);
  const std::string text(reinterpret_cast<const char*>(packet.data()), packet.size());
  prepare_xmp(text);
  Exiv2::XmpData data;
  if (Exiv2::XmpParser::decode(data, text) != 0) return false;
  append_wanted(data, keys, found);
  return true;
} catch (const std::exception&) {
  return false;
}

extern "C" bool sightline_read_iptc(Bytes block, std::span<const std::string_view> keys,
                                    std::vector<Property>& found) try {
  const std::lock_guard lock(xmp_mutex);
  Exiv2::LogMsg::setHandler(nullptr);
  Exiv2::IptcData data;
  if (Exiv2::IptcParser::decode(data, block.data(), static_cast<uint32_t>(block.size())) != 0) {
    return false;
  }
  append_wanted(data, keys, found);
  return true;
} catch (const std::exception&) {
  return false;
}

}  // namespace sightline::image
