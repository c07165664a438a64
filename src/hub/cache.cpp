// Source: huggingface_hub/file_download.py (repo_folder_name, _create_symlink,
// _cache_commit_hash_for_specific_revision) and the guide "Understand caching"
#include "hub/cache.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/output_file.h"
#include "base/text.h"
#include "hub/names.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& path,
                       const std::error_code& error) {
  throw Error(ErrorCode::io, "cannot ", what, " '", path.string(), "': ", error.message());
}

std::string folder_name(const RepoName& repo) {
  std::string name = std::string(kind_name(repo.kind)) + "s--" + repo.id;
  if (const size_t slash = name.find('/'); slash != name.npos) name.replace(slash, 1, "--");
  return name;
}

// Returns "../../blobs/ETAG" with another "../" for each folder in `path`.
fs::path link_target(const std::string& path, const std::string& etag) {
  fs::path target = "../..";
  for (const char c : path) {
    if (c == '/') target /= "..";
  }
  return target / "blobs" / etag;
}

void make_link(const fs::path& link, const std::string& path, const std::string& etag) {
  const fs::path target = link_target(path, etag);
  make_folder(link.parent_path());
  std::error_code error;
  if (fs::exists(link, error)) return;  // any existing file has the content of this commit
  fs::remove(link, error);
  fs::create_symlink(target, link, error);
  if (!error || fs::read_symlink(link, error) == target) return;  // created by another process
  // On a file system without links, copy the file as huggingface_hub does.
  fs::copy_file(link.parent_path() / target, link, fs::copy_options::overwrite_existing, error);
  if (error) fail("link", link, error);
}

}  // namespace

RepoCache::RepoCache(const fs::path& cache, const RepoName& repo)
    : cache_(cache),
      folder_(cache / folder_name(repo)),
      locks_(cache / ".locks" / folder_name(repo)) {}

fs::path RepoCache::incomplete(const std::string& etag) const {
  return folder_ / "blobs" / (etag + ".incomplete");
}

std::optional<std::string> RepoCache::commit(const std::string& revision) const {
  if (is_commit(revision)) return revision;
  try {
    const std::string commit(trimmed(read_text_file(folder_ / "refs" / revision, 4096)));
    if (is_commit(commit)) return commit;
  } catch (const Error&) {
    // The ref is missing or unreadable: the revision is not in the cache.
  }
  return std::nullopt;
}

std::optional<fs::path> RepoCache::find_snapshot(const std::string& revision) const {
  const auto found = commit(revision);
  std::error_code error;
  if (!found || !fs::is_directory(snapshot(*found), error)) return std::nullopt;
  return snapshot(*found);
}

void RepoCache::make_folders() const {
  make_folder(cache_);
  make_folder(folder_ / "blobs");
  make_folder(folder_ / "snapshots");  // huggingface_hub reports a corrupted repository without it
  make_folder(locks_);
  const fs::path tag = cache_ / "CACHEDIR.TAG";
  std::error_code error;
  if (fs::exists(tag, error)) return;
  // Tells backup programs to skip the folder: https://bford.info/cachedir/. Written directly,
  // because an interrupted process would leave a temporary file behind.
  OutputFile file(tag);
  file.write(
      "Signature: 8a477f597d28d172789f06886806bc55\n"
      "# Files of the Hugging Face Hub; they can be downloaded again.\n");
  file.close();
}

void RepoCache::link_snapshot(
    const std::string& commit,
    const std::vector<std::pair<std::string, std::string>>& path_and_etag) const {
  const fs::path snapshot = this->snapshot(commit);
  std::error_code error;
  // At the same depth as snapshots/, so that relative links stay valid.
  fs::path target = folder_ / ".staging" / commit;
  fs::remove_all(target, error);  // left by an interrupted process
  if (fs::exists(snapshot, error)) target = snapshot;
  make_folder(target);
  for (const auto& [path, etag] : path_and_etag) make_link(target / path, path, etag);
  if (target == snapshot) return;
  fs::rename(target, snapshot, error);
  std::error_code ignored;
  if (error && !fs::is_directory(snapshot, ignored)) fail("create the snapshot", snapshot, error);
  if (error) {  // Python has created it in the meantime
    for (const auto& [path, etag] : path_and_etag) make_link(snapshot / path, path, etag);
  }
}

void RepoCache::write_ref(const std::string& revision, const std::string& commit) const {
  const fs::path staging = folder_ / ".staging", written = staging / (commit + ".ref");
  std::error_code error;
  if (!is_commit(revision) && this->commit(revision) != commit) {
    const fs::path ref = folder_ / "refs" / revision;
    make_folder(ref.parent_path());
    make_folder(staging);
    // Not written to refs/ first: huggingface_hub treats every file there as a ref.
    OutputFile file(written);
    file.write(commit);
    file.close();
    fs::rename(written, ref, error);
    if (error) fail("write", ref, error);
  }
  fs::remove(written, error);  // left by an interrupted process
  fs::remove_all(staging / commit, error);
  fs::remove(staging, error);  // fails unless it is empty
}

void RepoCache::record_missing(const std::string& commit, const std::string& path) const {
  const fs::path note = folder_ / ".no_exist" / commit / path;
  make_folder(note.parent_path());
  OutputFile(note).close();
}

std::optional<std::string> repo_of_snapshot(const fs::path& path) {
  const std::vector<fs::path> parts(path.begin(), path.end());
  for (size_t i = 0; i + 2 < parts.size(); ++i) {
    std::string name = parts[i].string();
    if (parts[i + 1] != "snapshots" || !is_commit(parts[i + 2].string())) continue;
    for (const char* kind : {"models--", "datasets--"}) {
      if (!name.starts_with(kind)) continue;
      name.erase(0, std::string_view(kind).size());
      if (const size_t at = name.find("--"); at != name.npos) name.replace(at, 2, "/");
      return name;
    }
  }
  return std::nullopt;
}

std::string display_name(const fs::path& path) {
  std::error_code error;
  if (const auto id = repo_of_snapshot(fs::absolute(path, error).lexically_normal()))
    return alias_of(*id).value_or(*id);
  const fs::path canonical = fs::weakly_canonical(path, error);
  return (error ? path.lexically_normal() : canonical).filename().string();
}

}  // namespace sightline::hub
