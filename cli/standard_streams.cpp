#include "standard_streams.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/temporary_path.h"
#include "base/text.h"
#include "image/formats.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::io, what, ": ", std::strerror(errno));
}

void write_all(const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(STDOUT_FILENO, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write to standard output");
    data += written;
    size -= static_cast<size_t>(written);
  }
}

}  // namespace

bool is_standard(const fs::path& file) {
  return file == "-";
}

std::string input_name(const fs::path& file) {
  return is_standard(file) ? "standard input" : quoted(file);
}

void claim_stdin() {
  static bool claimed = false;
  if (claimed) {
    throw Error(ErrorCode::invalid_argument,
                "'-' is given twice, but standard input can be read only once");
  }
  claimed = true;
}

std::string read_stdin(int64_t max_bytes) {
  claim_stdin();
  std::string content;
  std::vector<char> part(1 << 16);
  for (;;) {
    const ssize_t size = ::read(STDIN_FILENO, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail("cannot read standard input");
    if (size == 0) return content;
    content.append(part.data(), static_cast<size_t>(size));
    if (static_cast<int64_t>(content.size()) > max_bytes) {
      throw Error(ErrorCode::limit_exceeded, "standard input has more than ", max_bytes,
                  " bytes, the limit");
    }
  }
}

std::vector<fs::path> with_listed_paths(std::vector<fs::path> paths) {
  constexpr int64_t kMost = 1LL << 30;
  std::vector<fs::path> all;
  for (fs::path& path : paths) {
    if (!is_standard(path)) {
      all.push_back(std::move(path));
      continue;
    }
    const std::string list = read_stdin(kMost);
    if (const auto* format =
            image::find_format({reinterpret_cast<const uint8_t*>(list.data()), list.size()})) {
      throw Error(ErrorCode::invalid_data, "standard input is an image (", format->name,
                  "), expected a list of paths, one per line");
    }
    const char separator = list.find('\0') == std::string::npos ? '\n' : '\0';
    const size_t before = all.size();
    for (size_t begin = 0; begin < list.size();) {
      const size_t end = std::min(list.find(separator, begin), list.size());
      std::string line = list.substr(begin, end - begin);
      if (separator == '\n' && line.ends_with('\r')) line.pop_back();
      if (!line.empty()) all.emplace_back(line);
      begin = end + 1;
    }
    if (all.size() == before) throw Error(ErrorCode::not_found, "standard input lists no path");
  }
  return all;
}

OutputFile::OutputFile(const fs::path& file, const std::string& name) : path_(file) {
  if (!is_standard(file)) return;
  if (::isatty(STDOUT_FILENO) != 0) {
    throw Error(ErrorCode::invalid_argument, "standard output is a terminal, which cannot show '",
                name, "': redirect it, or name a file");
  }
  folder_ = std::make_unique<ScratchFolder>();
  path_ = folder_->path() / name;
}

OutputFile::~OutputFile() = default;

void OutputFile::publish() const {
  if (!standard()) return;
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("cannot read " + quoted(path_));
  std::vector<char> part(1 << 20);
  try {
    for (;;) {
      const ssize_t size = ::read(file, part.data(), part.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) fail("cannot read " + quoted(path_));
      if (size == 0) break;
      write_all(part.data(), static_cast<size_t>(size));
    }
  } catch (...) {
    ::close(file);
    throw;
  }
  ::close(file);
}

}  // namespace sightline::cli
