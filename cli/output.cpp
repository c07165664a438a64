#include "output.h"

#include <sightline/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "console.h"

namespace sightline::cli {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& output, const std::string& reason) {
  throw Error(ErrorCode::io, "cannot write ", quoted(output), ": ", reason);
}

void require_writable(const fs::path& output, const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (error && !fs::exists(status))
    fail(output, quoted(folder) + " cannot be read: " + error.message());
  if (!fs::is_directory(status)) fail(output, quoted(folder) + " is not a folder");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    fail(output, "the folder " + quoted(folder) + " is not writable: " + std::strerror(errno));
}

}  // namespace

void print_json(const Json& json) {
  std::printf("%s\n", json_text(json, 2).c_str());
}

Json skipped_json(const std::vector<SkippedRow>& skipped) {
  Json list = Json::array();
  for (const SkippedRow& row : skipped) list.push_back({{"id", row.id}, {"reason", row.reason}});
  return list;
}

void print_path(std::string_view name, const fs::path& path) {
  std::printf("%.*s: %s\n", static_cast<int>(name.size()), name.data(),
              one_line(path.string()).c_str());
}

void check_output_file(const fs::path& file, std::string_view extension) {
  if (file.filename().empty()) fail(file, "it is a folder, not a file");
  if (!extension.empty() && file.extension() != extension) {
    throw Error(ErrorCode::invalid_argument, "cannot write ", quoted(file),
                ": expected a name that ends in ", extension);
  }
  const fs::path target = write_target(file);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::exists(folder, error) && !error) {
    throw Error(ErrorCode::not_found, "cannot write ", quoted(file), ": the folder ",
                quoted(folder), " does not exist; create it first");
  }
  require_writable(file, folder);
  remove_leftovers(target);
}

void check_output_folder(const fs::path& folder) {
  if (folder.empty())
    throw Error(ErrorCode::invalid_argument, "the name of the output folder is empty");
  if (folder == "-") {
    throw Error(
        ErrorCode::invalid_argument,
        "a folder cannot be written to standard output; for a folder of that name, use './-'");
  }
  fs::path existing = fs::absolute(folder).lexically_normal();
  std::error_code error;
  while (existing.has_relative_path() && !fs::exists(fs::symlink_status(existing, error)))
    existing = existing.parent_path();
  require_writable(folder, existing);
}

void refuse_inside(const fs::path& output, const fs::path& input) {
  std::error_code error;
  if (!fs::is_directory(input, error)) return;
  const fs::path inner = fs::weakly_canonical(output, error), outer = fs::canonical(input, error);
  if (error) return;
  const auto [end, unused] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  if (end != outer.end()) return;
  throw Error(ErrorCode::invalid_argument, quoted(output), " is in the input folder ",
              quoted(input), ", where its files would become input: choose another output");
}

void refuse_input(const fs::path& file, const fs::path& input, std::string_view option) {
  std::error_code error;  // set if one of them does not exist; they are then different
  if (!fs::equivalent(file, input, error) || error) return;
  throw Error(ErrorCode::invalid_argument, quoted(file), " would replace the input ", quoted(input),
              ": choose another ", option);
}

}  // namespace sightline::cli
