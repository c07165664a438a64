#include "base/npy_rows.h"

#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/file.h"
#include "base/npy.h"
#include "base/npy_header.h"
#include "base/temporary_path.h"

namespace sightline {
namespace {

constexpr size_t kHeaderSize = 128;  // fits any N and dim, so that close() can write N

[[noreturn]] void throw_io(const std::filesystem::path& path) {
  throw Error(ErrorCode::io, "cannot write '", path.string(), "': ", std::strerror(errno));
}

}  // namespace

NpyRowWriter::NpyRowWriter(const std::filesystem::path& path, int64_t dim)
    : path_(path), dim_(dim), offset_(static_cast<int64_t>(kHeaderSize)) {
  if (dim <= 0) {
    throw Error(ErrorCode::invalid_argument, "cannot write '", path.string(),
                "': rows need at least one element, got ", dim);
  }
  const std::filesystem::path target = write_target(path);
  remove_leftovers(target);
  temporary_ = std::make_unique<TemporaryPath>(target, TemporaryPath::Kind::file);
}

NpyRowWriter::~NpyRowWriter() = default;

void NpyRowWriter::write_all(const void* data, size_t size, int64_t offset) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t put = ::pwrite(temporary_->descriptor(), at, size, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw_io(path_);
    at += put;
    offset += put;
    size -= static_cast<size_t>(put);
  }
}

void NpyRowWriter::append(std::span<const float> values) {
  if (!temporary_) throw Error(ErrorCode::internal, "NpyRowWriter::append was called after close");
  if (values.size() % static_cast<size_t>(dim_) != 0) {
    throw Error(ErrorCode::invalid_argument, "cannot append to '", path_.string(),
                "': ", values.size(), " elements are not a multiple of the row length ", dim_);
  }
  write_all(values.data(), values.size_bytes(), offset_);
  offset_ += static_cast<int64_t>(values.size_bytes());
  rows_ += static_cast<int64_t>(values.size()) / dim_;
}

void NpyRowWriter::close() {
  if (!temporary_) throw Error(ErrorCode::internal, "NpyRowWriter::close was called twice");
  const int64_t shape[] = {rows_, dim_};
  const std::string header = npy::make_header(NpyType::f32, shape, kHeaderSize);
  write_all(header.data(), header.size(), 0);
  if (::fsync(temporary_->descriptor()) != 0) throw_io(path_);
  temporary_->commit();
  temporary_.reset();
}

}  // namespace sightline
