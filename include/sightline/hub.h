// Hugging Face Hub: downloads models and data sets into huggingface_hub's cache, and resolves their
// names to local paths. Cache layout: docs/formats/hub_cache.md.
#pragma once

#include <sightline/progress.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// Settings of access to the Hub.
struct HubSettings {
  std::string endpoint = "https://huggingface.co";
  std::string token;               // may be empty; sent only to the endpoint's origin
  std::filesystem::path cache;     // contains models--ORG--NAME, ...
  bool offline = false;            // never access the network
  int timeout_seconds = 10;        // for connecting, and for waiting without receiving a byte
  int connections = 4;             // concurrent downloads
  int attempts = 5;                // per request; the count restarts when data is received
  int64_t initial_wait_ms = 1000;  // before the second attempt; doubles for each further attempt
};

// Returns the settings from the environment variables of huggingface_hub: HF_ENDPOINT, HF_TOKEN
// (default: the file HF_TOKEN_PATH or $HF_HOME/token), HF_HUB_CACHE (default: $HF_HOME/hub,
// $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub), HF_HUB_OFFLINE and
// HF_HUB_DOWNLOAD_TIMEOUT. libcurl reads the proxy variables (https_proxy, no_proxy, ...). Throws
// invalid_argument for an invalid value, or if the cache needs HOME and it is not set; io if the
// token file cannot be read.
HubSettings hub_settings();

enum class RepoKind { model, dataset };

// A published model that open_clip lists, which `pull` can fetch.
struct KnownModel {
  std::string repository;    // on the Hub: "org/name"
  std::string architecture;  // open_clip's name: "ViT-B-16-SigLIP2"
  std::string tag;           // open_clip's name of the weights: "webli"
  int64_t parameters = 0;    // of all parts; 4 bytes each in most repositories
  int image_size = 0;        // S, pixels
  bool multilingual = false;
  // Text-to-image recall at 1, 5 and 10 on COCO's 5,000 test images, as OpenCLIP publishes it
  // (docs/openclip_retrieval_results.csv); nothing where it does not.
  std::optional<std::array<double, 3>> recall;
  // Measured with random weights of the same size: images per second of the image tower in fp32 on
  // two cores (docs/benchmarks.md); 0 where it was not.
  double images_per_second = 0;
};
// All known models, the smallest first. Thread-safe.
const std::vector<KnownModel>& known_models();

struct RepoName {
  RepoKind kind = RepoKind::model;
  std::string id;                 // "org/name"
  std::string revision = "main";  // branch, tag or commit
};
// Returns the repository's description for messages: "model 'org/name@revision'", without
// "@revision" for main.
std::string repo_text(const RepoName& repo);

// Returns the repositories of a name: one for "org/name[@revision]" and for OpenAI's model names
// ("RN50", "ViT-B/32", ...), two for "baseline" (text tower, image tower). Throws invalid_argument
// if the name is not valid.
std::vector<RepoName> named_repos(const std::string& name, RepoKind kind);

// A file to pull.
struct PullFile {
  std::string path;  // relative to the repository, with '/' as separator
  int64_t size_bytes = 0;
  std::string etag;           // SHA-256 in large file storage (LFS), otherwise git object id; hex
  bool cached = false;        // the complete file is in the cache
  int64_t partial_bytes = 0;  // size of an interrupted download in the cache
};

struct PullPlan {
  RepoName repo;
  std::string commit;              // commit of repo.revision: 40 hex digits
  std::vector<PullFile> files;     // supported files, sorted by path
  int64_t files_left_out = 0;      // number of other files in the repository
  std::filesystem::path snapshot;  // folder that the pull creates
  int64_t size_bytes() const;      // total size of `files`
  int64_t missing_bytes() const;   // bytes to download
};

// Lists the files of a repository on the Hub and compares them with the cache. Changes nothing. If
// the main branch of a data set has no supported file, its converted branch (refs/convert/parquet)
// is used. Throws not_found (unknown repository or revision, no supported file), io (network error,
// private or gated repository), invalid_data (invalid response), limit_exceeded, unsupported
// (offline).
PullPlan plan_pull(const RepoName& repo, const HubSettings& settings);

// Downloads missing files and verifies their hashes, then creates the snapshot and the ref to it. A
// ref therefore never leads to an incomplete snapshot. An interrupted pull is resumed. Several
// processes, including Python's huggingface_hub, may pull the same files concurrently. Progress is
// reported in bytes; calls of `progress` do not overlap. Returns plan.snapshot. Throws the errors
// of plan_pull, and io if the disk is full.
std::filesystem::path pull(const PullPlan& plan, const HubSettings& settings,
                           const ProgressFn& progress = {});

// A pulled repository as plain files, for machines without a network or the cache.
//
// Returns the folder that copy_pulled creates: FOLDER/NAME, NAME without the organization. Creates
// `folder`. Throws io if it cannot be written, or if FOLDER/NAME exists and is not a copy of these
// files; call it before pull().
std::filesystem::path copy_target(const PullPlan& plan, const std::filesystem::path& folder);
// Copies the files of a finished pull to copy_target(plan, folder), which appears only when it is
// complete. Does nothing if it is there already. Progress is reported in bytes. Throws io.
std::filesystem::path copy_pulled(const PullPlan& plan, const std::filesystem::path& folder,
                                  const ProgressFn& progress = {});

// Resolve an argument of --model or --dataset to a path. An existing path is returned unchanged; a
// name becomes the path of its snapshot in the cache. "baseline" becomes "text=PATH,image=PATH";
// names inside such a pair are resolved as well, and so are those of a model and its adapter
// (MODEL+ADAPTER) and what follows a label (NAME=MODEL). Text that is not a valid name is returned
// unchanged, and opening it reports the error. Throw not_found, with the command to run, if a name
// is not in the cache; invalid_argument if a tower of a pair, or a model with an adapter, is named
// "baseline".
std::string resolve_model(const std::string& text, const HubSettings& settings);
std::filesystem::path resolve_dataset(const std::string& text, const HubSettings& settings);

// Returns the repositories needed to resolve `text` that are missing or incomplete in the cache.
std::vector<RepoName> missing_repos(const std::string& text, RepoKind kind,
                                    const HubSettings& settings);

}  // namespace sightline
