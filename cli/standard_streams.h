// "-" as a file name: standard input and standard output.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {
class ScratchFolder;
}

namespace sightline::cli {

// Whether an option names a standard stream.
bool is_standard(const std::filesystem::path& file);

// Returns the quoted path, or "standard input", for messages.
std::string input_name(const std::filesystem::path& file);

// Registers a reader of standard input. Throws invalid_argument at the second call, because one
// input cannot be read twice.
void claim_stdin();

// Returns all of standard input. Throws invalid_argument like claim_stdin(); limit_exceeded, io.
std::string read_stdin(int64_t max_bytes);

// Returns `paths`, with each "-" replaced by the paths that standard input lists: one per line or,
// if it has a zero byte, separated by zero bytes as `find -print0` writes them. Throws
// not_found if it lists none; what read_stdin() throws.
std::vector<std::filesystem::path> with_listed_paths(std::vector<std::filesystem::path> paths);

// An output file, or for "-" a temporary file whose content goes to standard output.
class OutputFile {
 public:
  // `name`: of the temporary file, such as "vectors.npy". Throws invalid_argument for "-" if
  // standard output is a terminal; io.
  OutputFile(const std::filesystem::path& file, const std::string& name);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::filesystem::path& path() const { return path_; }  // the file to write
  bool standard() const { return folder_ != nullptr; }
  // Copies the written file to standard output; does nothing for another file. Throws io.
  void publish() const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<ScratchFolder> folder_;  // of the temporary file; null for another file
};

}  // namespace sightline::cli
