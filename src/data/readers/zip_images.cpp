#include "data/readers/zip_images.h"
#include "data/metadata_file.h"

#include <sightline/error.h>

#include <algorithm>
#include <limits>
#include <system_error>

#include "base/file.h"
#include "base/text.h"
#include "base/zip.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Each image is limited when it is read, so that neither the sum of sizes nor the ratio needs a
// limit: deflate reaches 1032 to 1.
constexpr ZipLimits kLimits = {
    .max_entries = 5'000'000,
    .max_unpacked = std::numeric_limits<uint64_t>::max(),
    .max_ratio = 2000,
};

}  // namespace

struct ZipImages::Archive {
  explicit Archive(const fs::path& path)
      : file(path), zip(file.bytes(), path.string(), kLimits), folder(path.stem().string() + "/") {}

  const ZipEntry* find(const std::string& name) const {
    if (const ZipEntry* entry = zip.find(name)) return entry;
    if (const ZipEntry* entry = zip.find(folder + name)) return entry;
    return name.starts_with(folder) ? zip.find(name.substr(folder.size())) : nullptr;
  }

  MappedFile file;
  ZipArchive zip;
  std::string folder;  // "images/" for images.zip
};

ZipImages::ZipImages(fs::path folder) : folder_(std::move(folder)) {}
ZipImages::~ZipImages() = default;
ZipImages::ZipImages(ZipImages&&) noexcept = default;

void ZipImages::open() {
  opened_ = true;
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (lower(at->path().extension().string()) == ".zip") paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    try {
      archives_.push_back(std::make_unique<Archive>(path));
    } catch (const Error& problem) {
      if (!problem_) problem_ = problem;
    }
  }
}

std::optional<std::vector<uint8_t>> ZipImages::read(const std::string& name, int64_t max_bytes) {
  if (!opened_) open();
  const std::string path = fs::path(name).lexically_normal().string();
  for (const auto& archive : archives_) {
    const ZipEntry* entry = archive->find(path);
    if (entry == nullptr) continue;
    if (entry->size > static_cast<uint64_t>(max_bytes)) {
      throw Error(ErrorCode::limit_exceeded, "'", archive->file.path().string(), "': the image '",
                  entry->name, "' has ", entry->size, " bytes; expected at most ", max_bytes);
    }
    if (entry->deflated) return archive->zip.unpack(*entry);
    return std::vector<uint8_t>(entry->packed.begin(), entry->packed.end());
  }
  if (problem_) throw *problem_;
  return std::nullopt;
}

std::string metadata_in_zip(const fs::path& zip) {
  const MappedFile file(zip);
  const ZipArchive archive(file.bytes(), zip.string(), kLimits);
  for (const auto& [name, entry] : archive.entries()) {
    if (is_metadata_name(fs::path(name).filename())) return name;
  }
  return {};
}

}  // namespace sightline
