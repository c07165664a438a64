// Copies of pulled repositories as plain files.
#include <sightline/error.h>
#include <sightline/hub.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/temporary_path.h"
#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& target, const PullPlan& plan, const std::string& found) {
  throw Error(ErrorCode::io, "'", target.string(), "' exists and is not a copy of ",
              repo_text(plan.repo), ": ", found, "; remove it or choose another folder");
}

// Throws io unless `target` contains exactly the files of the plan, in their sizes.
void check_existing(const fs::path& target, const PullPlan& plan) {
  if (!fs::is_directory(file_status(target))) refuse(target, plan, "it is not a folder");
  for (const PullFile& file : plan.files) {
    std::error_code error;
    const auto size = fs::file_size(target / file.path, error);
    if (error) refuse(target, plan, "'" + file.path + "' is missing");
    if (static_cast<int64_t>(size) != file.size_bytes)
      refuse(target, plan, "'" + file.path + "' has another size");
  }
  std::error_code error;
  fs::recursive_directory_iterator at(target, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string path = at->path().lexically_relative(target).string();
    if (!fs::is_directory(at->symlink_status(error)) &&
        !std::ranges::any_of(plan.files, [&](auto& file) { return file.path == path; }))
      refuse(target, plan, "'" + path + "' is not among its files");
  }
  if (error) {
    throw Error(ErrorCode::io, "cannot read the folder ", quoted(target), ": ", error.message());
  }
}

bool same_content(const fs::path& a, const fs::path& b) {
  return std::ranges::equal(MappedFile(a).bytes(), MappedFile(b).bytes());
}

void copy_one(const fs::path& from, const fs::path& to) {
  std::error_code error;
  make_folder(to.parent_path());
  fs::copy_file(from, to, error);
  if (error) {
    throw Error(ErrorCode::io, "cannot copy '", from.string(), "' to '", to.string(),
                "': ", error.message());
  }
}

}  // namespace

fs::path copy_target(const PullPlan& plan, const fs::path& folder) {
  make_folder(folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Error(ErrorCode::io, "the folder '", folder.string(),
                "' is not writable: ", std::strerror(errno));
  }
  fs::path target = folder / fs::path(plan.repo.id).filename();
  std::error_code error;
  if (fs::symlink_status(target, error).type() != fs::file_type::not_found)
    check_existing(target, plan);
  return target;
}

fs::path copy_pulled(const PullPlan& plan, const fs::path& folder, const ProgressFn& progress) {
  const fs::path target = copy_target(plan, folder);
  if (fs::exists(file_status(target))) {
    for (const PullFile& file : plan.files) {
      if (!same_content(plan.snapshot / file.path, target / file.path))
        refuse(target, plan, "'" + file.path + "' has another content");
    }
    return target;
  }
  remove_leftovers(target);  // of a killed copy
  TemporaryPath partial(target, TemporaryPath::Kind::folder);
  int64_t copied = 0;
  for (const PullFile& file : plan.files) {
    if (progress) progress({"copying " + plan.repo.id, copied, plan.size_bytes(), file.path});
    copy_one(plan.snapshot / file.path, partial.path() / file.path);
    copied += file.size_bytes;
  }
  partial.commit();
  if (progress) progress({"copying " + plan.repo.id, copied, copied, ""});
  return target;
}

}  // namespace sightline
