#include "base/output_file.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace sightline {

constexpr size_t kBufferBytes = 1 << 16;

OutputFile::OutputFile(const std::filesystem::path& path, Mode mode) : path_(path) {
  const int how = mode == Mode::append ? O_APPEND : O_TRUNC;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);
  if (fd_ < 0) fail();
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void OutputFile::write(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBufferBytes) flush();
}

void OutputFile::close() {
  flush();
  const int fd = fd_;
  fd_ = -1;
  // Network file systems report a full disk only here.
  if (::close(fd) != 0 && errno != EINTR) fail();
}

void OutputFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t put = ::write(fd_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail();
    rest.remove_prefix(static_cast<size_t>(put));
  }
  buffer_.clear();
}

void OutputFile::fail() const {
  const int error = errno;
  const bool missing = error == ENOENT || error == ENOTDIR;
  throw Error(missing ? ErrorCode::not_found : ErrorCode::io, "cannot write ", quoted(path_), ": ",
              std::strerror(error));
}

}  // namespace sightline
