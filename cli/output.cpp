#include "output.h"

#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"

namespace sightline::cli {

namespace fs = std::filesystem;

void print_json(const Json& json) {
  std::printf("%s\n", json_text(json, 2).c_str());
}

void prepare_output(const fs::path& file) {
  const auto fail = [&](const std::string& reason) {
    throw Error(ErrorCode::io, "cannot write '", file.string(), "': ", reason);
  };
  if (file.filename().empty()) fail("it is a folder, not a file");
  const fs::path target = write_target(file);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(folder, error);  // not an error if it exists
  if (!fs::is_directory(folder)) {
    fail("the folder '" + folder.string() + "' cannot be created" +
         (error ? ": " + error.message() : std::string()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    fail("the folder '" + folder.string() + "' is not writable: " + std::strerror(errno));
  }
}

void refuse_input(const fs::path& file, const fs::path& input) {
  std::error_code error;  // set if one of them does not exist; they are then different
  if (!fs::equivalent(file, input, error) || error) return;
  throw Error(ErrorCode::invalid_argument, "'", file.string(), "' would replace the input '",
              input.string(), "': choose another --out");
}

}  // namespace sightline::cli
