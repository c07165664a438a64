#include "report/page_parts.h"

#include <algorithm>

#include "report/text.h"

namespace sightline {

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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

std::string figure_html(const PageImage& image) {
  return "<figure><div><img alt=\"" + html_text(image.caption) + "\" src=\"data:" + image.type +
         ";base64," + base64(image.bytes) + "\"></div><figcaption>" + html_text(image.caption) +
         "</figcaption></figure>\n";
}

}  // namespace sightline
