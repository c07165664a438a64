#include "server/thumbnails.h"

#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/output_file.h"
#include "base/temporary_path.h"
#include "image/thumbnail.h"
#include "image/write_jpeg.h"

namespace sightline::server {
namespace {

namespace fs = std::filesystem;

constexpr int kQuality = 85;
constexpr int64_t kMostFileBytes = 64 << 20;
constexpr size_t kHashDigits = 32, kFolderDigits = 2;
constexpr std::string_view kExtension = ".jpg";

// "HASH-SIZE.jpg". A hash, because the parts may have any bytes.
std::string name_of(std::string_view library, std::string_view key, int size) {
  if (!is_thumbnail_size(size)) {
    throw Error(ErrorCode::invalid_argument, "a thumbnail of ", size,
                " pixels: expected 160, 320, 640, 1280 or 2560");
  }
  const std::string separator(1, '\0');
  const Digest digest = Sha256().update(library).update(separator).update(key).digest();
  std::string name = to_hex(digest).substr(0, kHashDigits);
  name += "-" + std::to_string(size);
  name += kExtension;
  return name;
}

// Whether a file is one of name_of: others in the folder are never removed.
bool is_thumbnail_name(std::string_view name) {
  if (name.size() <= kHashDigits + 1 || name[kHashDigits] != '-' || !name.ends_with(kExtension))
    return false;
  const std::string_view hash = name.substr(0, kHashDigits);
  const std::string_view size =
      name.substr(kHashDigits + 1, name.size() - kHashDigits - 1 - kExtension.size());
  return hash.find_first_not_of("0123456789abcdef") == hash.npos &&
         size.find_first_not_of("0123456789") == size.npos;
}

bool is_complete_jpeg(std::string_view bytes) {
  return bytes.size() > 4 && bytes.starts_with("\xFF\xD8") && bytes.ends_with("\xFF\xD9");
}

struct CachedFile {
  fs::path path;
  int64_t size = 0;
  fs::file_time_type used;
};

// The thumbnails in a folder of the cache.
void add_files(const fs::path& folder, std::vector<CachedFile>& files) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!is_thumbnail_name(at->path().filename().native())) continue;
    std::error_code missing;
    CachedFile file{at->path(), static_cast<int64_t>(at->file_size(missing)), {}};
    if (!missing) file.used = at->last_write_time(missing);
    if (!missing) files.push_back(std::move(file));
  }
}

}  // namespace

bool is_thumbnail_size(int size) {
  return std::ranges::find(kThumbnailSizes, size) != std::end(kThumbnailSizes);
}

ThumbnailStore::ThumbnailStore(std::optional<fs::path> folder, ThumbnailLimits limits)
    : folder_(std::move(folder)), limits_(limits) {}

ThumbnailStore::Jpeg ThumbnailStore::find(std::string_view library, std::string_view key,
                                          int size) {
  const std::string name = name_of(library, key, size);
  if (Jpeg jpeg = remembered(name)) return jpeg;
  Jpeg jpeg = read(name);
  if (jpeg) remember(name, jpeg);
  return jpeg;
}

ThumbnailStore::Jpeg ThumbnailStore::make(std::string_view library, std::string_view key, int size,
                                          std::span<const uint8_t> image) {
  const std::string name = name_of(library, key, size);
  try {
    const Image small = shrunk_image(image, "image", size, {});
    auto jpeg = std::make_shared<const std::string>(
        encode_jpeg(small, kQuality, ChromaSubsampling::yuv420));
    remember(name, jpeg);
    write(name, *jpeg);
    return jpeg;
  } catch (const Error& error) {
    const ErrorCode code = error.code();
    if (code != ErrorCode::limit_exceeded && code != ErrorCode::unsupported) throw;
    throw Error(ErrorCode::invalid_data, error.what());
  }
}

ThumbnailStore::Jpeg ThumbnailStore::remembered(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->jpeg;
}

void ThumbnailStore::remember(const std::string& name, Jpeg jpeg) {
  const auto size = static_cast<int64_t>(jpeg->size());
  if (size > limits_.memory_bytes) return;
  const std::lock_guard lock(mutex_);
  if (by_name_.contains(name)) return;
  entries_.push_front({name, std::move(jpeg)});
  by_name_[entries_.front().name] = entries_.begin();
  bytes_ += size;
  while (bytes_ > limits_.memory_bytes) {
    const Entry& last = entries_.back();
    bytes_ -= static_cast<int64_t>(last.jpeg->size());
    by_name_.erase(last.name);
    entries_.pop_back();
  }
}

fs::path ThumbnailStore::file_of(const std::string& name) const {
  return *folder_ / name.substr(0, kFolderDigits) / name;
}

ThumbnailStore::Jpeg ThumbnailStore::read(const std::string& name) const {
  if (!folder_) return nullptr;
  const fs::path file = file_of(name);
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return nullptr;
  try {
    std::string bytes = read_text_file(file, kMostFileBytes);
    if (!is_complete_jpeg(bytes)) return nullptr;
    fs::last_write_time(file, fs::file_time_type::clock::now(), error);
    return std::make_shared<const std::string>(std::move(bytes));
  } catch (const Error&) {
    return nullptr;
  }
}

void ThumbnailStore::write(const std::string& name, const std::string& jpeg) {
  if (!folder_) return;
  try {
    const fs::path file = file_of(name);
    make_folder(file.parent_path());
    TemporaryPath temporary(file, TemporaryPath::Kind::file);
    OutputFile out(temporary.path());
    out.write(jpeg);
    out.close();
    temporary.commit();
  } catch (const Error&) {
    return;  // the thumbnail is made again when it is needed
  }
  if (should_trim(static_cast<int64_t>(jpeg.size()))) trim();
}

// At the first file, and whenever a part of the limit was written.
bool ThumbnailStore::should_trim(int64_t bytes) {
  constexpr int64_t kParts = 32;
  const std::lock_guard lock(mutex_);
  const bool first = written_bytes_ < 0;
  written_bytes_ = std::max<int64_t>(written_bytes_, 0) + bytes;
  if (trimming_ || (!first && written_bytes_ < limits_.disk_bytes / kParts)) return false;
  written_bytes_ = 0;
  return trimming_ = true;
}

void ThumbnailStore::trim() {
  std::vector<CachedFile> files;
  std::error_code error;
  for (fs::directory_iterator at(*folder_, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().native().size() != kFolderDigits) continue;
    remove_leftovers(at->path(), is_thumbnail_name);
    add_files(at->path(), files);
  }
  int64_t bytes = 0;
  for (const CachedFile& file : files) bytes += file.size;
  if (bytes > limits_.disk_bytes) {
    std::ranges::sort(files, {}, &CachedFile::used);
    for (const CachedFile& file : files) {
      if (bytes <= limits_.disk_bytes / 10 * 9) break;
      if (fs::remove(file.path, error)) bytes -= file.size;
    }
  }
  const std::lock_guard lock(mutex_);
  trimming_ = false;
}

}  // namespace sightline::server
