// Thumbnails for clients: JPEG files, kept in memory and on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sightline::server {

// The longest sides that clients can ask for, in pixels.
inline constexpr int kThumbnailSizes[] = {160, 320, 640, 1280, 2560};
bool is_thumbnail_size(int size);

struct ThumbnailLimits {
  int64_t memory_bytes = 64LL << 20;
  int64_t disk_bytes = 2LL << 30;  // the files used least recently are removed
};

// Thread-safe. A folder that cannot be read or written is ignored.
class ThumbnailStore {
 public:
  using Jpeg = std::shared_ptr<const std::string>;

  // `folder`: of the cache, created when it is needed; empty: memory only.
  explicit ThumbnailStore(std::optional<std::filesystem::path> folder, ThumbnailLimits limits = {});

  // `library`: its uuid. `key`: identifies the content of the image in this library. `size`: one of
  // kThumbnailSizes; otherwise, both throw invalid_argument.
  // Returns a kept thumbnail, null if there is none.
  Jpeg find(std::string_view library, std::string_view key, int size);
  // Makes and keeps a thumbnail of an image file: upright, its longer side at most `size` pixels
  // (small images are not enlarged), transparency on white. Throws invalid_data (not an image, or
  // over ImageLimits).
  Jpeg make(std::string_view library, std::string_view key, int size,
            std::span<const uint8_t> image);

 private:
  struct Entry {
    std::string name;
    Jpeg jpeg;
  };

  Jpeg remembered(const std::string& name);
  void remember(const std::string& name, Jpeg jpeg);
  std::filesystem::path file_of(const std::string& name) const;
  Jpeg read(const std::string& name) const;
  void write(const std::string& name, const std::string& jpeg);
  bool should_trim(int64_t bytes);
  void trim();

  std::optional<std::filesystem::path> folder_;
  ThumbnailLimits limits_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // used most recently first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;
  int64_t bytes_ = 0;           // of entries_
  int64_t written_bytes_ = -1;  // since the folder was trimmed; -1: it was not
  bool trimming_ = false;
};

}  // namespace sightline::server
