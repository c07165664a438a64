// The folders and small files of the Hub's cache. The format is huggingface_hub's:
// docs/formats/hub_cache.md.
#pragma once

#include <sightline/hub.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sightline::hub {

class RepoCache {
 public:
  // Touches nothing.
  RepoCache(const std::filesystem::path& cache, const RepoName& repo);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path blob(const std::string& etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path incomplete(const std::string& etag) const;
  std::filesystem::path lock(const std::string& name) const { return locks_ / (name + ".lock"); }
  std::filesystem::path snapshot(const std::string& commit) const {
    return folder_ / "snapshots" / commit;
  }

  // The commit that a revision is bound to: itself where it is one, else what refs/REVISION says.
  std::optional<std::string> commit(const std::string& revision) const;
  // The folder of that commit, where it exists.
  std::optional<std::filesystem::path> find_snapshot(const std::string& revision) const;

  // Makes the folders that a download needs, and CACHEDIR.TAG. Throws io.
  void make_folders() const;
  // Links path -> blob for all of them, into a snapshot that appears as a whole where there was
  // none. To be called with the lock `commit` held. Throws io.
  void link_snapshot(const std::string& commit,
                     const std::vector<std::pair<std::string, std::string>>& path_and_etag) const;
  // refs/REVISION, where the revision is no commit; to be called with the lock `commit` held.
  // Clears away what a killed process left of both steps. Throws io.
  void bind(const std::string& revision, const std::string& commit) const;
  // Notes that the commit has no such file, as huggingface_hub does when the Hub says so.
  void note_missing(const std::string& commit, const std::string& path) const;

 private:
  std::filesystem::path cache_, folder_, locks_;
};

// "org/name" of a folder ORG--NAME/snapshots/COMMIT of a cache, or of a file in it; none elsewhere.
std::optional<std::string> repo_of_snapshot(const std::filesystem::path& path);

// What people call the model or data set at a path: "ViT-B/32" or "org/name" where it is in a
// snapshot of the cache (whose folder is named by a commit), else the folder's or file's own name.
std::string display_name(const std::filesystem::path& path);

}  // namespace sightline::hub
