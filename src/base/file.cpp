#include "base/file.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/temporary_path.h"
#include "base/text.h"

namespace sightline {
namespace {

[[noreturn]] void throw_os_error(const std::string& what, const std::filesystem::path& path) {
  const int error = errno;
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::not_found : ErrorCode::io;
  throw Error(code, what, " ", quoted(path), ": ", std::strerror(error));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileIdentity identity_of(const struct stat& info) {
  return {info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim),
          nanoseconds(info.st_ctim)};
}

// Returns the identity of an open file. Throws io if it is not a regular file.
FileIdentity regular_identity(int fd, const std::filesystem::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw_os_error("cannot read", path);
  if (!S_ISREG(info.st_mode)) {
    throw Error(ErrorCode::io, "cannot read ", quoted(path), ": not a regular file");
  }
  return identity_of(info);
}

template <typename Buffer>
Buffer read_whole(const std::filesystem::path& path, int64_t max_bytes) {
  // O_NONBLOCK keeps open() from blocking on a pipe without a writer; it does not affect regular
  // files.
  Descriptor file(path, O_RDONLY | O_NONBLOCK);
  if (file.get() < 0) throw_os_error("cannot open", path);
  const int64_t size = regular_identity(file.get(), path).size;
  if (size > max_bytes) {
    throw Error(ErrorCode::limit_exceeded, quoted(path), " has ", size, " bytes, at most ",
                max_bytes, " are allowed");
  }
  Buffer content(static_cast<size_t>(size), typename Buffer::value_type{});
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_os_error("cannot read", path);
    if (got == 0) break;  // the file was truncated meanwhile
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return content;
}

}  // namespace

std::vector<uint8_t> read_file(const std::filesystem::path& path, int64_t max_bytes) {
  return read_whole<std::vector<uint8_t>>(path, max_bytes);
}

ReadVersion read_file_version(const std::filesystem::path& path, int64_t max_bytes) {
  ReadVersion out;
  out.identity = file_identity(path);
  out.bytes = read_file(path, max_bytes);
  out.stable = file_identity(path) == out.identity &&
               out.identity.size == static_cast<int64_t>(out.bytes.size());
  return out;
}

std::string read_text_file(const std::filesystem::path& path, int64_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

std::filesystem::path write_target(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);  // follows links
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorCode::io, "cannot write '", path.string(), "': it is not a regular file");
  }
  fs::path target = path;
  constexpr int kMaxLinks = 40;  // the limit of Linux
  for (int i = 0; fs::is_symlink(fs::symlink_status(target, error)); ++i) {
    const fs::path next = fs::read_symlink(target, error);
    if (error || i == kMaxLinks) {
      throw Error(ErrorCode::io, "cannot write '", path.string(),
                  "': its symbolic links form a loop or cannot be read");
    }
    target = target.parent_path() / next;  // operator/ keeps an absolute `next` as it is
  }
  return target;
}

void write_file_atomic(const std::filesystem::path& path,
                       std::span<const std::span<const uint8_t>> parts) {
  TemporaryPath temporary(write_target(path), TemporaryPath::Kind::file);
  const int fd = temporary.descriptor();
  for (std::span<const uint8_t> rest : parts) {
    while (!rest.empty()) {
      const ssize_t put = ::write(fd, rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw_os_error("cannot write", path);
      rest = rest.subspan(static_cast<size_t>(put));
    }
  }
  if (::fsync(fd) != 0) throw_os_error("cannot write", path);
  temporary.commit();
}

void write_file_atomic(const std::filesystem::path& path, std::span<const uint8_t> content) {
  write_file_atomic(path, std::span<const std::span<const uint8_t>>(&content, 1));
}

void write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  write_file_atomic(path, bytes_of(content));
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    throw Error(ErrorCode::io, "cannot make the folder '", path.string(), "': ", error.message());
  }
}

std::filesystem::file_status file_status(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::none) {
    throw Error(ErrorCode::io, "cannot read ", quoted(path), ": ", error.message());
  }
  return status;
}

std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
    entries.push_back(at->path());
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    throw Error(missing ? ErrorCode::not_found : ErrorCode::io, "cannot read the folder ",
                quoted(folder), ": ", error.message());
  }
  std::ranges::sort(entries);
  return entries;
}

int64_t birth_time_ns(const std::filesystem::path& path) {
#if defined(STATX_BTIME)
  struct statx info {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &info) == 0 &&
      (info.stx_mask & STATX_BTIME) != 0)
    return int64_t{info.stx_btime.tv_sec} * 1'000'000'000 + info.stx_btime.tv_nsec;
#endif
  return 0;
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (opened.get() < 0) throw_os_error("cannot open", folder);
  if (::fsync(opened.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    throw_os_error("cannot write", folder);
}

FileIdentity file_identity(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw_os_error("cannot read", path);
  return identity_of(info);
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  Descriptor file(path, O_RDONLY | O_NONBLOCK);
  if (file.get() < 0) throw_os_error("cannot open", path);
  identity_ = regular_identity(file.get(), path);
  size_ = static_cast<size_t>(identity_.size);
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw_os_error("cannot map", path);
  data_ = static_cast<const uint8_t*>(mapped);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      identity_(other.identity_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(identity_, other.identity_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<uint8_t*>(data_), size_);
}

void MappedFile::release(std::span<const uint8_t> part) const {
  advise(part, MADV_DONTNEED);
}

void MappedFile::populate([[maybe_unused]] std::span<const uint8_t> part) const {
#if defined(MADV_POPULATE_READ)
  advise(part, MADV_POPULATE_READ);
#endif
}

// Applies the advice to whole pages. Pages shared with neighbouring data are included, which is
// harmless for both kinds of advice.
void MappedFile::advise(std::span<const uint8_t> part, int advice) const {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(part.data()) / page * page;
  const auto end = reinterpret_cast<uintptr_t>(part.data()) + part.size();
  if (part.empty() || part.data() < data_ || end > reinterpret_cast<uintptr_t>(data_) + size_)
    return;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, advice);
}

}  // namespace sightline
