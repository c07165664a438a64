#include "text/cleaning/charsmap.h"

#include <sightline/error.h>

#include "base/utf8.h"
#include "text/unicode/graphemes.h"

namespace sightline {
namespace {

uint32_t read_u32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  return value;
}

// Fields of a unit of the double array.
uint32_t offset_of(uint32_t unit) {
  return (unit >> 10) << ((unit & 0x200) >> 6);
}
uint32_t label_of(uint32_t unit) {
  return unit & 0x800000FF;
}
bool has_leaf(uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
uint32_t value_of(uint32_t unit) {
  return unit & 0x7FFFFFFF;
}

}  // namespace

Charsmap::Charsmap(std::string_view blob) {
  const size_t size = blob.size() < 4 ? 0 : read_u32(blob, 0);
  if (size == 0 || size % 4 != 0 || size >= blob.size() - 4) {
    throw Error(ErrorCode::invalid_data, "precompiled_charsmap of ", blob.size(),
                " bytes names a trie of ", size, " bytes");
  }
  units_.reserve(size / 4);
  for (size_t at = 4; at < 4 + size; at += 4) units_.push_back(read_u32(blob, at));
  replacements_ = blob.substr(4 + size);
  if (!is_valid_utf8(replacements_))
    throw Error(ErrorCode::invalid_data, "precompiled_charsmap: replacements are not valid UTF-8");
  if (replacements_.back() != '\0') replacements_ += '\0';
  for (size_t at = 0, end; at < replacements_.size(); at = end + 1) {
    end = replacements_.find('\0', at);
    if (end - at > kLongestReplacement) {
      throw Error(ErrorCode::limit_exceeded, "precompiled_charsmap: a replacement has ", end - at,
                  " bytes, at most ", kLongestReplacement, " are possible");
    }
  }
}

template <typename Found>
void Charsmap::matches(std::string_view text, const Found& found) const {
  if (units_.empty()) return;
  size_t at = offset_of(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    at ^= byte;
    if (at >= units_.size() || label_of(units_[at]) != byte) return;
    const bool leaf = has_leaf(units_[at]);
    at ^= offset_of(units_[at]);
    if (!leaf) continue;
    if (at >= units_.size() || !found(i + 1, value_of(units_[at]))) return;
  }
}

// Offsets of a hostile file that are not at the start of a character match nothing.
std::optional<Charsmap::Match> Charsmap::match(size_t bytes, uint32_t offset) const {
  if (bytes == 0 || offset >= replacements_.size()) return std::nullopt;
  if ((static_cast<uint8_t>(replacements_[offset]) & 0xC0) == 0x80) return std::nullopt;
  return Match{bytes, std::string_view(replacements_.c_str() + offset)};
}

std::optional<Charsmap::Match> Charsmap::longest(std::string_view text) const {
  size_t bytes = 0;
  uint32_t offset = 0;
  matches(text, [&](size_t length, uint32_t value) {
    bytes = length;
    offset = value;
    return true;
  });
  return match(bytes, offset);
}

std::optional<Charsmap::Match> Charsmap::shortest(std::string_view text) const {
  size_t bytes = 0;
  uint32_t offset = 0;
  matches(text, [&](size_t length, uint32_t value) {
    bytes = length;
    offset = value;
    return false;
  });
  return match(bytes, offset);
}

std::string Charsmap::normalize_clusters(std::string_view text) const {
  constexpr size_t kLongestCluster = 5;
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t size = unicode::grapheme_size(text, at);
    const std::string_view cluster = text.substr(at, size);
    at += size;
    if (size <= kLongestCluster) {
      if (const auto rule = shortest(cluster)) {
        out += rule->replacement;
        continue;
      }
    }
    for (size_t i = 0; i < size;) {
      const std::string_view c = cluster.substr(i, read_utf8(cluster, i).bytes);
      const auto rule = shortest(c);
      out += rule ? rule->replacement : c;
      i += c.size();
    }
  }
  return out;
}

}  // namespace sightline
