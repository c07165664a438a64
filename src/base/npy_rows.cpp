#include "base/npy_rows.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/file.h"
#include "base/npy.h"
#include "base/npy_header.h"

namespace sightline {
namespace {

constexpr size_t kHeaderSize = 128;  // fits any N and dim, so that close() can write N

[[noreturn]] void throw_io(const std::filesystem::path& path) {
  throw Error(ErrorCode::io, "cannot write '", path.string(), "': ", std::strerror(errno));
}

}  // namespace

NpyRowWriter::NpyRowWriter(const std::filesystem::path& path, int64_t dim)
    : path_(path), target_(write_target(path)), temporary_(target_), dim_(dim) {
  static std::atomic<unsigned> counter{0};
  if (dim <= 0) {
    throw Error(ErrorCode::invalid_argument, "cannot write '", path.string(),
                "': rows need at least one element, got ", dim);
  }
  temporary_ += ".tmp." + std::to_string(::getpid()) + ".rows" + std::to_string(counter++);
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0) throw_io(path_);
  offset_ = static_cast<int64_t>(kHeaderSize);
}

NpyRowWriter::~NpyRowWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void NpyRowWriter::write_all(const void* data, size_t size, int64_t offset) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t put = ::pwrite(fd_, at, size, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw_io(path_);
    at += put;
    offset += put;
    size -= static_cast<size_t>(put);
  }
}

void NpyRowWriter::append(std::span<const float> values) {
  if (fd_ < 0) throw Error(ErrorCode::internal, "NpyRowWriter::append was called after close");
  if (values.size() % static_cast<size_t>(dim_) != 0) {
    throw Error(ErrorCode::invalid_argument, "cannot append to '", path_.string(),
                "': ", values.size(), " elements are not a multiple of the row length ", dim_);
  }
  write_all(values.data(), values.size_bytes(), offset_);
  offset_ += static_cast<int64_t>(values.size_bytes());
  rows_ += static_cast<int64_t>(values.size()) / dim_;
}

void NpyRowWriter::close() {
  if (fd_ < 0) throw Error(ErrorCode::internal, "NpyRowWriter::close was called twice");
  const int64_t shape[] = {rows_, dim_};
  const std::string header = npy::make_header(NpyType::f32, shape, kHeaderSize);
  write_all(header.data(), header.size(), 0);
  if (::fsync(fd_) != 0) throw_io(path_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw_io(path_);
  ::close(fd_);
  fd_ = -1;
}

}  // namespace sightline
