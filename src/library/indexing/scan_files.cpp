#include "library/indexing/scan_files.h"

#include <sightline/error.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "base/text.h"
#include "data/readers/folder_walk.h"
#include "library/indexing/sidecars.h"
#include "library/path_prefix.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

// A file of the catalogue.
struct Known {
  int64_t id = 0, content = 0;
  std::string path;
  FileIdentity stamp;
  std::string sidecars;
  std::optional<int64_t> retry;  // of its failure
};

constexpr const char* kKnownFiles =
    "SELECT items.id, content, path, device, inode, size, mtime, ctime, sidecars, retry FROM items "
    "LEFT JOIN failures ON failures.item = items.id WHERE source = 1 AND split = ''";

Known known_of(const Statement& row) {
  Known out;
  out.id = row.integer(0);
  out.content = row.integer(1);
  out.path = row.text(2);
  out.stamp = stamp_of_row(row, 3);
  out.sidecars = row.text(8);
  out.retry = row.optional_integer(9);
  return out;
}

// The files of the catalogue whose path begins with `prefix`, in path order.
class KnownFiles {
 public:
  KnownFiles(const Database& database, const std::string& prefix)
      : select_(database.prepare(std::string(kKnownFiles) +
                                 " AND path >= ?1 AND path < ?2 ORDER BY path")) {
    std::string end = prefix;
    ++end.back();  // it is '/'
    select_.bind_blob(1, bytes_of(prefix)).bind_blob(2, bytes_of(end));
    advance();
  }
  const std::optional<Known>& current() const { return current_; }
  void advance() { current_ = select_.step() ? std::optional(known_of(select_)) : std::nullopt; }

 private:
  Statement select_;
  std::optional<Known> current_;
};

class Scan {
 public:
  Scan(Store& store, const ScanOptions& options)
      : store_(store), options_(options), now_(std::time(nullptr)) {}

  void file(std::string path, const Known* known, std::optional<std::string> problem) {
    ++out.files;
    constexpr int64_t kStep = 1024;
    if (options_.progress && out.files % kStep == 0)
      options_.progress({"looking for changes", out.files, -1, "", ""});
    if (known != nullptr && !must_read(path, *known, problem.has_value())) {
      ++out.unchanged;
      return;
    }
    out.to_read.push_back({std::move(path), std::move(problem)});
  }

  FileScan out;
  std::set<uint64_t> devices;  // of known files that are there

 private:
  // The stamp of an unchanged item on a device with another number.
  void note_device(const Known& known, FileIdentity now) {
    const uint64_t device = now.device;
    now = known.stamp;
    now.device = device;
    out.renumbered.emplace_back(known.id, now);
  }

  // A device's number may change whenever a medium is mounted, so it is not compared.
  bool must_read(const std::string& path, const Known& known, bool problem) {
    if (known.retry) {
      if (options_.retry_failures || *known.retry <= now_) return true;
      if (problem || known.stamp.inode == 0) return false;  // it could not be read
    } else if (problem) {
      return true;
    } else if (known.content == 0 || !store_.has_vector(options_.model, known.content)) {
      return true;
    }
    try {
      const FileIdentity now = file_identity(path);
      devices.insert(now.device);
      if (now.device != known.stamp.device) note_device(known, now);
      return now.inode != known.stamp.inode || now.size != known.stamp.size ||
             now.mtime_ns != known.stamp.mtime_ns || now.ctime_ns != known.stamp.ctime_ns ||
             sidecars_.find(path).stamp != known.sidecars;
    } catch (const Error&) {
      return true;  // reading it says why
    }
  }

  Store& store_;
  const ScanOptions& options_;
  int64_t now_;
  SidecarFinder sidecars_;
};

// Folders whose items are not gone although the walk does not find them.
class HiddenFolders {
 public:
  // `mounted`: devices of files that the walk finds, to be filled by it.
  explicit HiddenFolders(const std::set<uint64_t>& mounted) : mounted_(mounted) {}

  // `path`: of something whose status cannot be read, such as a link to a disk that is not mounted.
  void add(const std::string& path) { folders_.push_back(with_slash(path)); }

  bool hide(const Known& item) {
    if (std::ranges::any_of(folders_, [&](const auto& f) { return item.path.starts_with(f); }))
      return true;
    if (mounted_.contains(item.stamp.device)) return false;
    return device_of_empty(nearest_folder(item.path)).value_or(item.stamp.device) !=
           item.stamp.device;
  }

  // Empty ones.
  std::vector<std::string> unmounted(const std::vector<Known>& hidden) {
    std::set<std::string> out;
    for (const Known& item : hidden) {
      const std::string folder = nearest_folder(item.path);
      if (device_of_empty(folder)) out.insert(folder);
    }
    return {out.begin(), out.end()};
  }

 private:
  static std::string nearest_folder(const std::string& path) {
    std::error_code error;
    fs::path folder = fs::path(path).parent_path();
    while (folder.has_relative_path() && !fs::is_directory(folder, error))
      folder = folder.parent_path();
    return folder.string();
  }

  std::optional<uint64_t> device_of_empty(const std::string& folder) {
    const auto [at, fresh] = devices_.try_emplace(folder);
    if (!fresh) return at->second;
    try {
      if (fs::is_empty(folder)) at->second = file_identity(folder).device;
    } catch (const std::exception&) {  // removed or closed meanwhile
    }
    return at->second;
  }

  const std::set<uint64_t>& mounted_;
  std::vector<std::string> folders_;                        // with '/' at their end
  std::map<std::string, std::optional<uint64_t>> devices_;  // of those that are empty
};

bool is_in_any(const std::string& path, const std::vector<std::string>& roots) {
  return std::ranges::any_of(roots,
                             [&](const std::string& root) { return is_at_or_below(path, root); });
}

// The other roots that are in this one, or in which it is.
std::vector<std::string> overlapping_roots(Store& store, const std::string& root) {
  std::vector<std::string> out;
  for (const auto& [other, options] : store.read().roots()) {
    if (other != root && (is_at_or_below(other, root) || is_at_or_below(root, other)))
      out.push_back(other);
  }
  return out;
}

bool file_exists(const std::string& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

}  // namespace

fs::path root_path(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error)
    throw Error(ErrorCode::io, "cannot find the folder ", quoted(path), ": ", error.message());
  const fs::path normal = absolute.lexically_normal();
  return normal.has_filename() || !normal.has_relative_path() ? normal : normal.parent_path();
}

bool has_files_below(const Store& store, const fs::path& folder) {
  return KnownFiles(store.read().database(), with_slash(folder.string())).current().has_value();
}

FileScan scan_folder(Store& store, const fs::path& root, const ScanOptions& options) {
  const std::string prefix = with_slash(root.string());
  FolderWalk walk(root, options.folder);
  KnownFiles known(store.read().database(), prefix);
  Scan scan(store, options);
  std::vector<Known> gone;
  HiddenFolders hidden(scan.devices);
  while (auto walked = walk.next()) {
    std::string path = prefix + walked->path;
    for (; known.current() && known.current()->path < path; known.advance())
      gone.push_back(*known.current());
    if (walked->problem) hidden.add(path);
    if (walked->problem && path.ends_with('/')) {  // a folder
      scan.out.unreadable.push_back({std::move(path), std::move(walked->problem)});
      continue;
    }
    const bool found = known.current() && known.current()->path == path;
    scan.file(std::move(path), found ? &*known.current() : nullptr, std::move(walked->problem));
    if (found) known.advance();
  }
  for (; known.current(); known.advance()) gone.push_back(*known.current());
  const std::vector<std::string> others = overlapping_roots(store, root.string());
  std::vector<Known> kept;
  for (const Known& item : gone) {
    if (hidden.hide(item)) {
      kept.push_back(item);
      continue;
    }
    // Another root, with other patterns, may have the file.
    if (is_in_any(item.path, others) && file_exists(item.path)) continue;
    scan.out.missing.push_back(item.id);
  }
  scan.out.unmounted = hidden.unmounted(kept);
  return std::move(scan.out);
}

FileScan scan_paths(Store& store, const std::vector<std::string>& paths,
                    const ScanOptions& options) {
  Scan scan(store, options);
  Statement select = store.read().database().prepare(std::string(kKnownFiles) + " AND path = ?1");
  for (const std::string& path : paths) {
    select.reset();
    const bool found = select.bind_blob(1, bytes_of(path)).step();
    const std::optional<Known> known = found ? std::optional(known_of(select)) : std::nullopt;
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::exists(status) || status.type() == fs::file_type::none) {
      if (!fs::is_directory(status)) scan.file(path, known ? &*known : nullptr, std::nullopt);
      continue;
    }
    if (known) scan.out.missing.push_back(known->id);
    for (KnownFiles below(store.read().database(), with_slash(path)); below.current();
         below.advance())
      scan.out.missing.push_back(below.current()->id);
  }
  return std::move(scan.out);
}

FileScan scan_without_vector(Store& store, const ScanOptions& options) {
  FileScan out;
  Statement select = store.read().database().prepare(std::string(kKnownFiles) + " ORDER BY path");
  const int64_t now = std::time(nullptr);
  while (select.step()) {
    const Known known = known_of(select);
    ++out.files;
    const bool later = known.retry && !options.retry_failures && *known.retry > now;
    if (later || (known.content != 0 && store.has_vector(options.model, known.content))) {
      ++out.unchanged;
    } else {
      out.to_read.push_back({known.path, std::nullopt});
    }
  }
  return out;
}

}  // namespace sightline::library
