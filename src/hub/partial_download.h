// A download that is not whole yet: ETAG.incomplete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "hub/blob_hash.h"

namespace sightline::hub {

// Opens what an earlier attempt left, or begins anew, and keeps the hash of what it holds.
class PartialDownload {
 public:
  // size_bytes: of the whole. A file that is longer is begun anew. Throws io.
  PartialDownload(const std::filesystem::path& path, const std::string& etag, int64_t size_bytes);
  ~PartialDownload();
  PartialDownload(const PartialDownload&) = delete;
  PartialDownload& operator=(const PartialDownload&) = delete;

  int64_t size() const { return size_; }
  void restart();                       // from nothing
  void append(std::string_view bytes);  // throws io: "no space left on device"
  // Whole and with the right hash: written through to the disk and moved to `blob`. False, and the
  // file is gone, where the hash is another; `found` says which.
  bool finish(const std::filesystem::path& blob, std::string& found);
  void remove();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::string etag_;
  int64_t whole_, size_ = 0;
  int fd_ = -1;
  std::optional<BlobHash> hash_;
};

}  // namespace sightline::hub
