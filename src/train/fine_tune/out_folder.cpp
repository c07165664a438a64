#include "train/fine_tune/out_folder.h"

#include <sightline/error.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "base/file.h"
#include "base/output_file.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "models/pair_spec.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& inner, const fs::path& outer) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(inner, error), b = fs::weakly_canonical(outer, error);
  return !error && std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

void check_outside(const fs::path& model, const fs::path& out) {
  if (!is_inside(model, out)) return;
  throw Error(ErrorCode::invalid_argument, "the model ", quoted(model), " is in the output folder ",
              quoted(out), ", whose files are replaced: choose another folder");
}

}  // namespace

void prepare_out_folder(const fs::path& out, const fs::path& model) {
  if (const auto pair = find_pair(model)) {
    check_outside(pair->text, out);
    check_outside(pair->image, out);
  }
  check_outside(model, out);
  make_folder(out);
  // Of a run that was killed while it wrote.
  for (const fs::path& folder : {out, out / "adapter", out / "image", out / "text"})
    remove_leftovers(folder, [](const std::string&) { return true; });
  std::error_code error;
  if (fs::exists(out / kSplitsFile, error)) return;
  for (const fs::path& entry : folder_entries(out)) {
    if (entry.filename().string().starts_with(".")) continue;
    throw Error(ErrorCode::invalid_argument, quoted(out), " has ", quoted(entry.filename()),
                ", which no fine-tuning wrote: choose an empty folder");
  }
  OutputFile(out / kSplitsFile, OutputFile::Mode::append).close();
}

}  // namespace sightline
