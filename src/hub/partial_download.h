// Partial download of a blob: the file ETAG.incomplete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "hub/blob_hash.h"

namespace sightline::hub {

// Resumes or starts a download and hashes its bytes as they are appended. Not thread-safe.
class PartialDownload {
 public:
  // Opens or creates the file and hashes its content. Restarts if it is larger than size_bytes, the
  // size of the complete file. Throws io.
  PartialDownload(const std::filesystem::path& path, const std::string& etag, int64_t size_bytes);
  ~PartialDownload();
  PartialDownload(const PartialDownload&) = delete;
  PartialDownload& operator=(const PartialDownload&) = delete;

  int64_t size() const { return size_; }
  void restart();                       // truncates the file; throws io
  void append(std::string_view bytes);  // throws io, for example if the disk is full
  // Compares the hash with the etag and returns whether they are equal. If so, syncs the file and
  // moves it to `blob`, otherwise removes it. Sets `found` to the hash. Throws io.
  bool finish(const std::filesystem::path& blob, std::string& found);
  void remove();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::string etag_;
  int64_t full_size_, size_ = 0;
  int fd_ = -1;
  std::optional<BlobHash> hash_;
};

}  // namespace sightline::hub
