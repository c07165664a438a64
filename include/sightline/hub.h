// Models and data sets by name: downloads from the Hugging Face Hub into the cache that
// huggingface_hub uses, and the way from a name to a folder. Layout of the cache:
// docs/formats/hub_cache.md.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

struct HubSettings {
  std::string endpoint = "https://huggingface.co";
  std::string token;             // empty: none; sent to the endpoint's own origin only
  std::filesystem::path cache;   // the folder that holds models--ORG--NAME …
  bool offline = false;          // nothing is ever asked of the network
  int timeout_seconds = 10;      // to connect, and without a byte arriving
  int connections = 4;           // files in flight
  int attempts = 5;              // for one request, while nothing arrives
  int64_t first_wait_ms = 1000;  // before the second attempt; doubles from then on
};

// Settings as huggingface_hub reads them: HF_ENDPOINT, HF_TOKEN (else the file HF_TOKEN_PATH or
// $HF_HOME/token), HF_HUB_CACHE (else $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or
// ~/.cache/huggingface/hub), HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT. Proxies are libcurl's:
// https_proxy, no_proxy … Throws invalid_argument (a value that is none; no home folder).
HubSettings hub_settings();

enum class RepoKind { model, dataset };

struct RepoName {
  RepoKind kind = RepoKind::model;
  std::string id;                 // "org/name"
  std::string revision = "main";  // branch, tag or commit
};
// "model 'org/name'", with "@revision" where that is not main: for messages.
std::string repo_text(const RepoName& repo);

// The repositories that a name stands for: one for "org/name[@revision]" and for the names that
// OpenAI gave its models ("RN50", "ViT-B/32" …), two for "baseline" (its text tower, its image
// tower). Throws invalid_argument where it is no name.
std::vector<RepoName> named_repos(const std::string& name, RepoKind kind);

// One file of a pull.
struct PullFile {
  std::string path;  // within the repository, '/' between parts
  int64_t size_bytes = 0;
  std::string etag;           // SHA-256 of a file in large file storage, else its git object id
  bool cached = false;        // whole in the cache
  int64_t partial_bytes = 0;  // of an earlier pull that was cut
};

struct PullPlan {
  RepoName repo;
  std::string commit;              // what repo.revision is now: 40 hex digits
  std::vector<PullFile> files;     // those that this program can use, by path
  int64_t files_left_out = 0;      // further files of the repository
  std::filesystem::path snapshot;  // the folder that the pull fills
  int64_t size_bytes() const;      // of all files
  int64_t missing_bytes() const;   // what will come over the network
};

// Asks the Hub which files a repository has and looks what the cache holds; changes nothing. A data
// set whose main branch has no file of use is planned from its converted branch
// (refs/convert/parquet). Throws not_found (repository, revision; no file of use), io (network,
// private or gated repository), invalid_data (an answer that makes no sense), limit_exceeded,
// unsupported (offline).
PullPlan plan_pull(const RepoName& repo, const HubSettings& settings);

// Downloads what is missing, checks every file's hash, and only then makes the snapshot and the
// reference to it: a name is never bound to a part. What an interrupted pull downloaded stays and
// is continued. Several processes, Python's among them, may pull the same files at once. The
// progress counts bytes. Returns plan.snapshot. Throws as plan_pull, and io for a full disk.
std::filesystem::path pull(const PullPlan& plan, const HubSettings& settings,
                           const ProgressFn& progress = {});

// What --model and --dataset take, as a path: what exists is itself; a name is its snapshot in the
// cache. "baseline" becomes "text=PATH,image=PATH", and names in such a text are resolved in their
// places. A text that can be no name is returned as it is, for its reader to refuse. Throws
// not_found where a name is not in the cache, with the command that fetches it.
std::string resolve_model(const std::string& text, const HubSettings& settings);
std::filesystem::path resolve_dataset(const std::string& text, const HubSettings& settings);

// The repositories that resolving `text` needs and that the cache lacks, or holds in part only.
std::vector<RepoName> missing_repos(const std::string& text, RepoKind kind,
                                    const HubSettings& settings);

}  // namespace sightline
