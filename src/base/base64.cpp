#include "base/base64.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>

namespace sightline {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 255;

constexpr std::array<uint8_t, 256> values() {
  std::array<uint8_t, 256> out{};
  out.fill(kNone);
  for (size_t i = 0; i < kDigits.size(); ++i)
    out[static_cast<unsigned char>(kDigits[i])] = static_cast<uint8_t>(i);
  return out;
}

constexpr std::array<uint8_t, 256> kValues = values();

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = std::min<size_t>(3, bytes.size() - i);
    uint32_t word = 0;
    for (size_t b = 0; b < 3; ++b) {
      word = word << 8 | (b < left ? static_cast<unsigned char>(bytes[i + b]) : 0u);
    }
    for (size_t d = 0; d < 4; ++d) out += d <= left ? kDigits[word >> (18 - 6 * d) & 63] : '=';
  }
  return out;
}

std::vector<uint8_t> decode_base64(std::string_view text, const std::string& what) {
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const size_t digits = text.size() - padding;
  if (text.size() % 4 != 0) {
    throw Error(ErrorCode::invalid_argument, what, " is not base64: it has ", text.size(),
                " characters, which is not a multiple of 4");
  }
  std::vector<uint8_t> out;
  out.reserve(text.size() / 4 * 3);
  uint32_t word = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t value = i < digits ? kValues[static_cast<unsigned char>(text[i])] : 0;
    if (value == kNone) {
      throw Error(ErrorCode::invalid_argument, what, " is not base64: character ", i + 1,
                  " is not a digit of it");
    }
    word = word << 6 | value;
    if (i % 4 != 3) continue;
    for (int shift = 16; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(word >> shift));
    word = 0;
  }
  for (size_t i = 0; i < padding; ++i) out.pop_back();
  return out;
}

}  // namespace sightline
