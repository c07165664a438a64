// Sequential output to a file, with the reason of every failure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sightline {

// Writes a file through a buffer. Not atomic: for files in a temporary folder, under a temporary
// name, or that grow line by line. Not thread-safe.
class OutputFile {
 public:
  enum class Mode { replace, append };
  // Creates the file. Throws io, or not_found if its folder does not exist; messages name `path`.
  explicit OutputFile(const std::filesystem::path& path, Mode mode = Mode::replace);
  ~OutputFile();  // discards what is in the buffer
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);  // throws io
  // Writes the buffer and closes the file. Throws io. Call once.
  void close();

 private:
  void flush();
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::string buffer_;
  int fd_ = -1;
};

}  // namespace sightline
