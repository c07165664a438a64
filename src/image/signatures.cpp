#include "image/signatures.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

bool has_at(Bytes head, size_t at, std::string_view magic) {
  return head.size() >= at + magic.size() &&
         std::memcmp(head.data() + at, magic.data(), magic.size()) == 0;
}

// Returns whether the first box of an ISO base media file (ISO/IEC 14496-12, ftyp) names one of the
// brands as its major or as a compatible brand.
bool has_brand(Bytes head, std::initializer_list<std::string_view> brands) {
  if (!has_at(head, 4, "ftyp"sv)) return false;
  const size_t box = size_t{head[0]} << 24 | size_t{head[1]} << 16 | size_t{head[2]} << 8 | head[3];
  const size_t end = std::min(box, head.size());
  for (size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {  // the version follows the major one
    for (const std::string_view brand : brands) {
      if (has_at(head, at, brand)) return true;
    }
  }
  return false;
}

}  // namespace

bool is_jpeg(Bytes head) {
  return has_at(head, 0, "\xff\xd8\xff"sv);
}

bool is_png(Bytes head) {
  return has_at(head, 0, "\x89PNG\r\n\x1a\n"sv);
}

bool is_webp(Bytes head) {
  return has_at(head, 0, "RIFF"sv) && has_at(head, 8, "WEBP"sv);
}

bool is_gif(Bytes head) {
  return has_at(head, 0, "GIF87a"sv) || has_at(head, 0, "GIF89a"sv);
}

bool is_bmp(Bytes head) {
  return has_at(head, 0, "BM"sv) && head.size() >= 18;
}

bool is_tiff(Bytes head) {
  return has_at(head, 0, "II*\0"sv) || has_at(head, 0, "MM\0*"sv) || has_at(head, 0, "II+\0"sv) ||
         has_at(head, 0, "MM\0+"sv);
}

bool is_jpeg2000(Bytes head) {
  return has_at(head, 0, "\xff\x4f\xff\x51"sv) || has_at(head, 0, "\0\0\0\x0cjP  \r\n\x87\n"sv);
}

bool is_avif(Bytes head) {
  return has_brand(head, {"avif"sv, "avis"sv});
}

bool is_heif(Bytes head) {
  return has_brand(head, {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv, "hevm"sv,
                          "hevs"sv, "mif1"sv, "msf1"sv, "mif2"sv});
}

bool is_jxl(Bytes head) {
  return has_at(head, 0, "\xff\x0a"sv) || has_at(head, 0, "\0\0\0\x0cJXL \r\n\x87\n"sv);
}

}  // namespace sightline::image
