#include "data/unfinished.h"

#include <sightline/error.h>

#include <system_error>

#include "base/output_file.h"
#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr const char* kMark = ".sightline-unfinished";

}  // namespace

void mark_unfinished(const fs::path& folder) {
  OutputFile mark(folder / kMark);
  mark.write("This data set is incomplete: it is being written, or was interrupted.\n");
  mark.close();
}

void unmark_unfinished(const fs::path& folder) {
  std::error_code error;
  fs::remove(folder / kMark, error);
  if (error) {
    throw Error(ErrorCode::io, "cannot remove ", quoted(folder / kMark), ": ", error.message());
  }
}

bool is_unfinished(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kMark, error);
}

void refuse_unfinished(const fs::path& folder) {
  if (!is_unfinished(folder)) return;
  throw Error(ErrorCode::invalid_data, quoted(folder),
              " is an incomplete data set: it is still being written, or that was interrupted; run "
              "the command that writes it again");
}

}  // namespace sightline
