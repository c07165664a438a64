#include "hub/partial_download.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace sightline::hub {

PartialDownload::PartialDownload(const std::filesystem::path& path, const std::string& etag,
                                 int64_t size_bytes)
    : path_(path), etag_(etag), full_size_(size_bytes) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd_ < 0) fail("write");
  try {
    hash_.emplace(etag_, full_size_);
    std::vector<char> buffer(1 << 20);
    for (;;) {
      const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("read");
      if (got == 0) break;
      hash_->update(std::string_view(buffer.data(), static_cast<size_t>(got)));
      size_ += got;
      if (size_ > full_size_) break;
    }
    if (size_ > full_size_) restart();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

PartialDownload::~PartialDownload() {
  ::close(fd_);
}

void PartialDownload::fail(const char* what) const {
  const int error = errno;
  std::string message =
      std::string("cannot ") + what + " '" + path_.string() + "': " + std::strerror(error);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    message += "; " + std::to_string(full_size_ - size_) +
               " bytes of the file are missing, the partial download is kept for the next pull";
  }
  throw Error(ErrorCode::io, message);
}

void PartialDownload::restart() {
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) fail("write");
  size_ = 0;
  hash_.emplace(etag_, full_size_);
}

void PartialDownload::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("write");
    const auto written = static_cast<size_t>(put);
    hash_->update(bytes.substr(0, written));
    size_ += put;
    bytes.remove_prefix(written);
  }
}

bool PartialDownload::finish(const std::filesystem::path& blob, std::string& found) {
  found = hash_->hex();
  if (found != etag_) {
    remove();
    return false;
  }
  if (::fsync(fd_) != 0) fail("write");
  if (::rename(path_.c_str(), blob.c_str()) != 0) fail("move");
  return true;
}

void PartialDownload::remove() {
  ::unlink(path_.c_str());
}

}  // namespace sightline::hub
