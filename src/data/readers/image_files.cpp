#include "data/readers/image_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "base/text.h"
#include "image/decode.h"
#include "image/extensions.h"

namespace sightline {
namespace {

using namespace std::string_view_literals;

constexpr std::array kOtherExtensions = {
    // Sidecars: metadata, edits, thumbnails, and the indexes of operating systems. A .thm file is a
    // JPEG, but a copy of the image next to it.
    "xmp"sv, "json"sv, "jsonl"sv, "xml"sv, "aae"sv, "thm"sv, "pp3"sv, "dop"sv, "cos"sv, "acr"sv,
    "db"sv, "ini"sv, "ds_store"sv, "lnk"sv, "url"sv, "sqlite"sv, "lrcat"sv, "lrprev"sv,
    // texts
    "txt"sv, "md"sv, "csv"sv, "tsv"sv, "log"sv, "html"sv, "htm"sv, "yaml"sv, "yml"sv, "pdf"sv,
    "doc"sv, "docx"sv, "odt"sv, "rtf"sv, "xls"sv, "xlsx"sv, "ods"sv, "ppt"sv, "pptx"sv, "odp"sv,
    "py"sv, "js"sv, "css"sv, "sh"sv,
    // videos
    "mp4"sv, "m4v"sv, "mov"sv, "avi"sv, "mkv"sv, "webm"sv, "mpg"sv, "mpeg"sv, "mts"sv, "m2ts"sv,
    "3gp"sv, "3g2"sv, "wmv"sv, "flv"sv, "ogv"sv, "vob"sv, "insv"sv, "lrv"sv, "glv"sv,
    // sounds
    "mp3"sv, "m4a"sv, "wav"sv, "aac"sv, "flac"sv, "ogg"sv, "opus"sv, "amr"sv, "wma"sv,
    // archives and arrays
    "zip"sv, "tar"sv, "gz"sv, "bz2"sv, "xz"sv, "zst"sv, "7z"sv, "rar"sv, "iso"sv, "npy"sv, "npz"sv,
    "parquet"sv, "safetensors"sv, "pt"sv};

}  // namespace

NameKind kind_of_name(std::string_view name) {
  if (image::has_image_extension(name)) return NameKind::image;
  const size_t dot = name.rfind('.');
  if (dot == name.npos) return NameKind::unknown;
  const std::string extension = lower(name.substr(dot + 1));
  const bool other = std::find(kOtherExtensions.begin(), kOtherExtensions.end(), extension) !=
                     kOtherExtensions.end();
  return other ? NameKind::other : NameKind::unknown;
}

bool begins_like_image(const std::filesystem::path& file) {
  std::array<uint8_t, 64> head{};
  std::ifstream in(file, std::ios::binary);
  if (!in) return true;
  in.read(reinterpret_cast<char*>(head.data()), head.size());
  if (in.bad()) return true;
  return image::has_image_signature({head.data(), static_cast<size_t>(in.gcount())});
}

}  // namespace sightline
