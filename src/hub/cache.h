// Folders, links and refs of the Hub's cache, in the layout of huggingface_hub:
// docs/formats/hub_cache.md.
#pragma once

#include <sightline/hub.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sightline::hub {

// The cache of one repository.
class RepoCache {
 public:
  // Does not access the file system.
  RepoCache(const std::filesystem::path& cache, const RepoName& repo);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path blob(const std::string& etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path incomplete(const std::string& etag) const;
  std::filesystem::path lock(const std::string& name) const { return locks_ / (name + ".lock"); }
  std::filesystem::path snapshot(const std::string& commit) const {
    return folder_ / "snapshots" / commit;
  }

  // Returns the commit of a revision: the revision itself if it is a commit, else the content of
  // refs/REVISION. None if there is no valid ref.
  std::optional<std::string> commit(const std::string& revision) const;
  // Returns the folder of that commit's snapshot if it exists.
  std::optional<std::filesystem::path> find_snapshot(const std::string& revision) const;

  // Creates the folders needed for a download, and CACHEDIR.TAG. Throws io.
  void make_folders() const;
  // Links each path to its blob in the snapshot of `commit`. A new snapshot becomes visible only
  // when it is complete. The caller must hold lock(commit). Throws io.
  void link_snapshot(const std::string& commit,
                     const std::vector<std::pair<std::string, std::string>>& path_and_etag) const;
  // Writes refs/REVISION unless the revision is a commit, and removes leftovers of interrupted
  // calls of this function and link_snapshot. The caller must hold lock(commit). Throws io.
  void write_ref(const std::string& revision, const std::string& commit) const;
  // Records that the commit has no such file (.no_exist), as huggingface_hub does.
  void record_missing(const std::string& commit, const std::string& path) const;

 private:
  std::filesystem::path cache_, folder_, locks_;
};

// Returns "org/name" if the path is in a snapshot (ORG--NAME/snapshots/COMMIT) of a cache, else
// none.
std::optional<std::string> repo_of_snapshot(const std::filesystem::path& path);

// Returns the display name of the model or data set at a path: the alias ("ViT-B/32") or "org/name"
// of a snapshot in a cache, else the name of the folder or file.
std::string display_name(const std::filesystem::path& path);

}  // namespace sightline::hub
