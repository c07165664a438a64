#include "image/signatures.h"

#include <cstring>
#include <string_view>

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

bool has_at(Bytes head, size_t at, std::string_view magic) {
  return head.size() >= at + magic.size() &&
         std::memcmp(head.data() + at, magic.data(), magic.size()) == 0;
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

}  // namespace sightline::image
