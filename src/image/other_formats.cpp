#include "image/other_formats.h"

#include <cstring>
#include <string_view>

namespace sightline::image {

using namespace std::string_view_literals;

std::optional<OtherFormat> find_other_format(Bytes head) {
  struct Signature {
    size_t at;
    std::string_view magic;
    OtherFormat format;
  };
  static constexpr Signature kSignatures[] = {
      {0, "8BPS"sv, {"a Photoshop document (PSD)", true}},
      {0, "gimp xcf"sv, {"a GIMP image (XCF)", true}},
      {0, "\0\0\1\0"sv, {"an icon (ICO)", true}},
      {0, "\0\0\2\0"sv, {"a cursor (CUR)", true}},
      {0, "icns"sv, {"an icon (ICNS)", true}},
      {0, "\x0a\0\1"sv, {"a PCX image", true}},
      {0, "\x0a\2\1"sv, {"a PCX image", true}},
      {0, "\x0a\3\1"sv, {"a PCX image", true}},
      {0, "\x0a\5\1"sv, {"a PCX image", true}},
      {0, "\x01\xda\0\1"sv, {"an SGI image", true}},
      {0, "\x01\xda\1\1"sv, {"an SGI image", true}},
      {0, "\x59\xa6\x6a\x95"sv, {"a Sun raster image", true}},
      {0, "qoif"sv, {"a QOI image", true}},
      {0, "DDS "sv, {"a DirectDraw surface (DDS)", true}},
      {0, "\x76\x2f\x31\1"sv, {"an OpenEXR image", true}},
      {0, "#?RADIANCE"sv, {"a Radiance image (HDR)", true}},
      {0, "#?RGBE"sv, {"a Radiance image (HDR)", true}},
      {0, "SIMPLE  ="sv, {"a FITS image", true}},
      {128, "DICM"sv, {"a DICOM image", true}},
      {0, "FLIF"sv, {"a FLIF image", true}},
      {0, "BPG\xfb"sv, {"a BPG image", true}},
      {0, "II\xbc"sv, {"a JPEG XR image", true}},
      {0, "AT&TFORM"sv, {"a DjVu document", true}},
      {0, "/* XPM */"sv, {"an XPM image", true}},
      {0, "\xd7\xcd\xc6\x9a"sv, {"a Windows metafile (WMF)", true}},
      {40, " EMF"sv, {"an enhanced metafile (EMF)", true}},
      {0, "%!PS"sv, {"a PostScript document", false}},
      {0, "\xc5\xd0\xd3\xc6"sv, {"a PostScript document (EPS)", false}},
      {0, "%PDF"sv, {"a PDF document", false}},
      {0, "PK\3\4"sv, {"a ZIP archive", false}},
      {0, "\x1f\x8b"sv, {"a gzip file", false}},
      {0, "<!DOCTYPE html"sv, {"an HTML page", false}},
      {0, "<!doctype html"sv, {"an HTML page", false}},
      {0, "<html"sv, {"an HTML page", false}},
      {0, "\x1a\x45\xdf\xa3"sv, {"a Matroska or WebM video", false}},
      {8, "AVI "sv, {"an AVI video", false}},
      {4, "ftypisom"sv, {"an MP4 video", false}},
      {4, "ftypmp4"sv, {"an MP4 video", false}},
      {4, "ftypM4V"sv, {"an MP4 video", false}},
      {4, "ftypqt  "sv, {"a QuickTime video", false}},
      {4, "ftyp3gp"sv, {"a 3GP video", false}},
  };
  for (const Signature& signature : kSignatures) {
    const auto& [at, magic, format] = signature;
    if (head.size() >= at + magic.size() &&
        std::memcmp(head.data() + at, magic.data(), magic.size()) == 0) {
      return format;
    }
  }
  return std::nullopt;
}

}  // namespace sightline::image
