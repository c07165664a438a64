#include "image/extensions.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

constexpr std::array kExtensions = {
    // Every build decodes these.
    "jpg"sv, "png"sv, "jpeg"sv, "webp"sv, "gif"sv, "bmp"sv, "tif"sv, "tiff"sv, "jfif"sv, "jpe"sv,
    "apng"sv, "dib"sv, "pnm"sv, "pbm"sv, "pgm"sv, "ppm"sv, "pam"sv, "pfm"sv, "tga"sv,
    // Builds with the format's library decode these.
    "avif"sv, "heic"sv, "heif"sv, "hif"sv, "avifs"sv, "heics"sv, "heifs"sv, "jxl"sv, "jp2"sv,
    "j2k"sv, "j2c"sv, "jpc"sv, "jpf"sv, "jpx"sv, "svg"sv, "svgz"sv,
    // Camera RAW, from kFirstRaw on.
    "dng"sv, "cr2"sv, "cr3"sv, "crw"sv, "nef"sv, "nrw"sv, "arw"sv, "sr2"sv, "srf"sv, "orf"sv,
    "rw2"sv, "raf"sv, "pef"sv, "srw"sv, "3fr"sv, "erf"sv, "kdc"sv, "mrw"sv, "dcr"sv, "fff"sv,
    "gpr"sv, "iiq"sv, "mef"sv, "mos"sv, "rwl"sv, "x3f"sv};
constexpr auto kFirstRaw = std::ranges::find(kExtensions, "dng"sv);

// Returns the entry of the path's extension, or the end.
auto find_extension(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == path.npos) return kExtensions.end();
  return std::ranges::find(kExtensions, lower(std::string(path.substr(dot + 1))));
}

}  // namespace

std::span<const std::string_view> extensions() {
  return kExtensions;
}

size_t extension_position(std::string_view path) {
  return find_extension(path) == kExtensions.end() ? path.size() : path.rfind('.');
}

bool has_raw_extension(std::string_view path) {
  const auto found = find_extension(path);
  return found >= kFirstRaw && found != kExtensions.end();
}

}  // namespace sightline::image
