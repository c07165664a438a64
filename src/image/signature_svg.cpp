// Recognizes SVG documents, which have no signature: XML whose root element is <svg>, maybe
// gzipped.
#include "image/signature_svg.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

// Comments and a document type may precede the root element.
constexpr size_t kMaxBeforeRoot = 16 << 10;

bool is_svg_text(std::string_view text) {
  text = text.substr(0, kMaxBeforeRoot);
  if (text.starts_with("\xef\xbb\xbf"sv)) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"sv), text.size()));
  if (!text.starts_with('<') || text.starts_with("<!DOCTYPE html"sv)) return false;
  for (const std::string_view root : {"<svg"sv, "<svg:svg"sv}) {
    const size_t at = text.find(root);
    if (at == text.npos) continue;
    const char after = at + root.size() < text.size() ? text[at + root.size()] : ' ';
    if (" \t\r\n>/"sv.find(after) != text.npos && text.find("<html"sv) > at) return true;
  }
  return false;
}

// Decompresses the beginning of a gzip file.
std::string_view gunzip_head(Bytes head, std::array<char, kMaxBeforeRoot>& out) {
  z_stream stream{};
  if (::inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return {};
  stream.next_in = const_cast<Bytef*>(head.data());
  stream.avail_in = static_cast<uInt>(std::min<size_t>(head.size(), 4 * kMaxBeforeRoot));
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::inflate(&stream, Z_SYNC_FLUSH);
  const size_t size = out.size() - stream.avail_out;
  ::inflateEnd(&stream);
  return {out.data(), size};
}

}  // namespace

bool is_svg(Bytes head) {
  if (head.size() > 2 && head[0] == 0x1f && head[1] == 0x8b) {
    std::array<char, kMaxBeforeRoot> text;
    return is_svg_text(gunzip_head(head, text));
  }
  return is_svg_text({reinterpret_cast<const char*>(head.data()), head.size()});
}

}  // namespace sightline::image
