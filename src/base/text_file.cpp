#include "base/text_file.h"

#include <sightline/error.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "base/text_encoding.h"

namespace sightline {
namespace {

constexpr size_t kMaxBytes = 1 << 30;
constexpr size_t kBlockBytes = 1 << 16;

struct Closer {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

[[noreturn]] void fail(const std::string& name) {
  const int error = errno;
  const char* what = error == EISDIR ? "it is a folder, not a text file" : std::strerror(error);
  throw Error(error == ENOENT || error == ENOTDIR ? ErrorCode::not_found : ErrorCode::io,
              "cannot read '", name, "': ", what);
}

std::string read_bytes(const std::filesystem::path& path, const std::string& name) {
  const std::unique_ptr<std::FILE, Closer> file(path == "-" ? stdin
                                                            : std::fopen(path.c_str(), "rbe"));
  if (!file) fail(name);
  std::string bytes;
  for (;;) {
    const size_t size = bytes.size();
    bytes.resize(size + kBlockBytes);
    const size_t got = std::fread(bytes.data() + size, 1, kBlockBytes, file.get());
    bytes.resize(size + got);
    if (std::ferror(file.get())) fail(name);
    if (got == 0) return bytes;
    if (bytes.size() > kMaxBytes) {
      throw Error(ErrorCode::limit_exceeded, "'", name, "' has more than ", kMaxBytes, " bytes");
    }
  }
}

}  // namespace

TextLines read_text_lines(const std::filesystem::path& file) {
  const std::string name = file == "-" ? "standard input" : file.string();
  TextLines text{split_lines(decode_text(read_bytes(file, name), name)), 0};
  while (!text.lines.empty() && is_blank(text.lines.back())) {
    text.lines.pop_back();
    ++text.blank_at_end;
  }
  return text;
}

}  // namespace sightline
