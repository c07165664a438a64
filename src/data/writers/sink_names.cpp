#include "data/writers/sink_names.h"

#include <sightline/error.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "data/writers/sinks.h"
#include "image/extensions.h"
#include "image/formats.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// File systems limit a path component to 255 bytes; this leaves room for a number and an extension.
constexpr size_t kMaxPartBytes = 200;

std::string safe_path(const std::string& id) {
  std::string path;
  for (size_t begin = 0; begin <= id.size();) {
    const size_t end = std::min(id.find('/', begin), id.size());
    std::string part = id.substr(begin, std::min(end - begin, kMaxPartBytes));
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    for (char& c : part) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') c = '_';
    }
    // Readers skip names that begin with a dot.
    if (part[0] == '.') part[0] = '_';
    path += (path.empty() ? "" : "/") + part;
  }
  return path.empty() ? "image" : path;
}

// Returns the position of the extension of an image, or of ".bin", which this project's writers
// give to images of unknown format; path.size() if there is none.
size_t image_extension(const std::string& path) {
  return path.ends_with(".bin") ? path.size() - 4 : image::extension_position(path);
}

}  // namespace

const std::string& output_id(const Row& row) {
  const auto id = row.extra.find("id");
  return id != row.extra.end() && !id->second.empty() ? id->second : row.id;
}

const char* extension_of(const std::vector<uint8_t>& bytes) {
  const image::ImageFormat* format = image::find_format(bytes);
  return format != nullptr ? format->extension : ".bin";
}

std::string shard_extension(const Row& row) {
  const std::string known = extension_of(row.image);
  if (known != ".bin") return known;
  const std::string& id = output_id(row);
  const std::string named = id.substr(image_extension(id));
  return named.empty() || named == ".bin" ? ".img" : named;
}

std::string UniqueNames::file_name(const std::string& id, const std::string& extension) {
  const std::string path = safe_path(id);
  const size_t dot = image_extension(path);
  return take(path.substr(0, dot), dot == path.size() ? extension : path.substr(dot));
}

std::string UniqueNames::key(const std::string& id) {
  std::string path = safe_path(id);
  path.resize(image_extension(path));
  std::replace(path.begin() + static_cast<std::ptrdiff_t>(path.rfind('/') + 1), path.end(), '.',
               '_');
  return take(path, "");
}

bool UniqueNames::is_taken(const std::string& name) const {
  if (files_.contains(name) || folders_.contains(name)) return true;
  for (size_t slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1)) {
    if (files_.contains(name.substr(0, slash))) return true;
  }
  return false;
}

std::string UniqueNames::take(const std::string& stem, const std::string& extension) {
  std::string name = stem + extension;
  std::string flat = stem;
  std::replace(flat.begin(), flat.end(), '/', '_');
  if (flat.size() > kMaxPartBytes) flat.resize(kMaxPartBytes);
  for (int64_t number = 2; is_taken(name); ++number) {
    name = flat + "-" + std::to_string(number) + extension;
  }
  for (size_t slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1)) {
    folders_.insert(name.substr(0, slash));
  }
  files_.insert(name);
  return name;
}

}  // namespace sightline
