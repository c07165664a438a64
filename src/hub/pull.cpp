#include <sightline/error.h>
#include <sightline/hub.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "hub/api.h"
#include "hub/cache.h"
#include "hub/download.h"
#include "hub/file_lock.h"
#include "hub/select.h"
#include "hub/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using hub::HttpClient;
using hub::RepoCache;

constexpr const char* kConvertedBranch = "refs/convert/parquet";

// The files of a commit and those that will be pulled.
struct Listing {
  RepoName repo;
  std::string commit;
  std::map<std::string, hub::RepoFile> files;
  hub::Selection selection;
};

Listing list_repo(HttpClient& client, const RepoName& repo, const HubSettings& settings) {
  Listing listing{repo, hub::commit_of(client, repo, settings), {}, {}};
  std::vector<std::string> paths;
  for (auto& file : hub::list_files(client, repo, listing.commit, settings)) {
    paths.push_back(file.path);
    listing.files.emplace(file.path, std::move(file));
  }
  listing.selection = hub::select_files(paths, repo.kind);
  return listing;
}

// Returns the listing of a data set's converted branch if it has supported files.
std::optional<Listing> list_converted(HttpClient& client, const RepoName& repo,
                                      const HubSettings& settings) {
  if (repo.kind != RepoKind::dataset || repo.revision != "main") return std::nullopt;
  try {
    Listing listing = list_repo(client, {repo.kind, repo.id, kConvertedBranch}, settings);
    if (listing.selection.usable) return listing;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
  }
  return std::nullopt;
}

void add_shards(HttpClient& client, Listing& listing, const HubSettings& settings) {
  if (listing.selection.index.empty()) return;
  const std::string where = "'" + listing.selection.index + "' of " + repo_text(listing.repo);
  const std::string index =
      hub::file_content(client, listing.repo, listing.commit, listing.selection.index, settings);
  for (auto& shard : hub::shards_of(index, where)) {
    if (!listing.files.contains(shard)) {
      throw Error(ErrorCode::invalid_data, where, " refers to '", shard,
                  "', which the repository does not have");
    }
    listing.selection.files.push_back(std::move(shard));
  }
  std::ranges::sort(listing.selection.files);
}

PullPlan make_plan(const Listing& listing, const HubSettings& settings) {
  const RepoCache cache(settings.cache, listing.repo);
  PullPlan plan;
  plan.repo = listing.repo;
  plan.commit = listing.commit;
  plan.snapshot = cache.snapshot(listing.commit);
  plan.files_left_out = static_cast<int64_t>(listing.files.size() - listing.selection.files.size());
  for (const auto& path : listing.selection.files) {
    const auto& file = listing.files.at(path);
    PullFile planned{path, file.size_bytes, file.etag};
    std::error_code error;
    planned.cached = hub::has_blob(cache, planned);
    if (!planned.cached) {
      // On file systems without links, the snapshot contains the file itself.
      const auto size = fs::file_size(plan.snapshot / path, error);
      planned.cached = !error && static_cast<int64_t>(size) == file.size_bytes;
    }
    if (!planned.cached) {
      const auto size = fs::file_size(cache.incomplete(file.etag), error);
      if (!error) planned.partial_bytes = std::min(static_cast<int64_t>(size), file.size_bytes);
    }
    plan.files.push_back(std::move(planned));
  }
  return plan;
}

void check_disk(const fs::path& cache, int64_t needed) {
  struct statvfs info {};
  if (::statvfs(cache.c_str(), &info) != 0) return;  // writing reports the error
  const auto free = static_cast<unsigned __int128>(info.f_bavail) * info.f_frsize;
  if (free >= static_cast<unsigned __int128>(needed)) return;
  throw Error(ErrorCode::io, "the disk of '", cache.string(), "' has ",
              hub::bytes_text(static_cast<int64_t>(free)), " free, the pull needs ",
              hub::bytes_text(needed), ": free some space or set HF_HUB_CACHE to another folder");
}

// Downloads the files of a plan in several threads. The first error stops all of them.
class DownloadWorkers {
 public:
  DownloadWorkers(const PullPlan& plan, const HubSettings& settings, const RepoCache& cache,
                  const ProgressFn& progress)
      : plan_(plan), settings_(settings), cache_(cache), progress_(progress) {
    for (const auto& file : plan.files) {
      if (file.cached || !etags_.insert({file.etag, 0}).second) continue;
      wanted_.push_back(&file);
      total_ += file.size_bytes;
    }
  }

  void run() {
    const size_t count =
        std::min(wanted_.size(), static_cast<size_t>(std::max(settings_.connections, 1)));
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    threads.clear();
    if (failure_) std::rethrow_exception(failure_);
    if (progress_ && total_ > 0) progress_({"downloading " + plan_.repo.id, total_, total_, ""});
  }

 private:
  void work() {
    try {
      HttpClient client(settings_);
      for (size_t i = next_++; i < wanted_.size() && !stopped_; i = next_++) {
        const PullFile& file = *wanted_[i];
        hub::download_blob(
            client, file,
            {plan_.repo, plan_.commit, cache_, settings_, [this] { return stopped_.load(); },
             [&](int64_t bytes) { report(file, bytes); }});
        report(file, file.size_bytes);
      }
    } catch (...) {
      const std::scoped_lock hold(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stopped_ = true;
    }
  }

  void report(const PullFile& file, int64_t bytes) {
    const std::scoped_lock hold(mutex_);
    done_ += bytes - etags_[file.etag];
    etags_[file.etag] = bytes;
    const auto now = std::chrono::steady_clock::now();
    if (!progress_ || stopped_ || now - last_report_ < std::chrono::milliseconds(50)) return;
    last_report_ = now;
    progress_({"downloading " + plan_.repo.id, done_, total_, file.path});
  }

  const PullPlan& plan_;
  const HubSettings& settings_;
  const RepoCache& cache_;
  const ProgressFn& progress_;
  std::vector<const PullFile*> wanted_;
  std::map<std::string, int64_t> etags_;  // current size in bytes of each blob
  int64_t total_ = 0, done_ = 0;
  std::chrono::steady_clock::time_point last_report_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

void throw_if_offline(const RepoName& repo, const HubSettings& settings) {
  if (!settings.offline) return;
  throw Error(ErrorCode::unsupported, "HF_HUB_OFFLINE is set: ", repo_text(repo),
              " cannot be requested from the Hub");
}

}  // namespace

int64_t PullPlan::size_bytes() const {
  int64_t sum = 0;
  for (const auto& file : files) sum += file.size_bytes;
  return sum;
}

int64_t PullPlan::missing_bytes() const {
  int64_t sum = 0;
  std::map<std::string, int> seen;
  for (const auto& file : files) {
    if (!file.cached && seen[file.etag]++ == 0) sum += file.size_bytes - file.partial_bytes;
  }
  return sum;
}

PullPlan plan_pull(const RepoName& repo, const HubSettings& settings) {
  throw_if_offline(repo, settings);
  HttpClient client(settings);
  Listing listing = list_repo(client, repo, settings);
  if (!listing.selection.usable) {
    if (auto converted = list_converted(client, repo, settings)) listing = std::move(*converted);
  }
  if (!listing.selection.usable) {
    throw Error(ErrorCode::not_found, repo_text(repo), " has none of the supported files: ",
                (repo.kind == RepoKind::model
                     ? "weights (.safetensors, .bin, .pt, .pth, .gguf) in its top-level folder, or "
                       "onnx/model.onnx"
                     : "Parquet files, tar shards, images, or a converted branch"));
  }
  add_shards(client, listing, settings);
  return make_plan(listing, settings);
}

fs::path pull(const PullPlan& plan, const HubSettings& settings, const ProgressFn& progress) {
  const RepoCache cache(settings.cache, plan.repo);
  if (plan.missing_bytes() > 0) throw_if_offline(plan.repo, settings);
  cache.make_folders();
  check_disk(settings.cache, plan.missing_bytes());
  DownloadWorkers(plan, settings, cache, progress).run();
  const hub::FileLock lock(cache.lock(plan.commit));
  std::vector<std::pair<std::string, std::string>> links;
  for (const auto& file : plan.files) links.emplace_back(file.path, file.etag);
  cache.link_snapshot(plan.commit, links);
  cache.write_ref(plan.repo.revision, plan.commit);
  return plan.snapshot;
}

}  // namespace sightline
