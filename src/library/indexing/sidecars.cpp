#include "library/indexing/sidecars.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/text.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

void add_to_stamp(const fs::path& file, std::string& stamp) {
  try {
    const FileIdentity identity = file_identity(file);
    stamp += message(file.extension().string(), ":", identity.size, ":", identity.mtime_ns, ";");
  } catch (const Error&) {  // removed meanwhile
  }
}

}  // namespace

Sidecars SidecarFinder::find(const fs::path& image) {
  if (image.parent_path() != folder_ || folder_.empty()) {
    folder_ = image.parent_path();
    names_.clear();
    std::error_code error;
    for (fs::directory_iterator at(folder_, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
      std::string name = at->path().filename().string();
      const std::string extension = lower(at->path().extension().string());
      if (extension == ".txt" || extension == ".xmp") names_.insert(std::move(name));
    }
  }
  Sidecars out;
  if (names_.empty()) return out;
  const std::string stem = image.stem().string(), name = image.filename().string();
  for (const char* end : {".txt", ".TXT"}) {
    if (out.captions.empty() && names_.contains(stem + end)) out.captions = folder_ / (stem + end);
  }
  for (const std::string& base : {name, stem}) {
    for (const char* end : {".xmp", ".XMP"}) {
      if (out.xmp.empty() && names_.contains(base + end)) out.xmp = folder_ / (base + end);
    }
  }
  if (!out.captions.empty()) add_to_stamp(out.captions, out.stamp);
  if (!out.xmp.empty()) add_to_stamp(out.xmp, out.stamp);
  return out;
}

}  // namespace sightline::library
