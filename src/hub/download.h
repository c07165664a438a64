// Downloads a file of a repository to a blob in the cache.
#pragma once

#include <functional>

#include "hub/cache.h"
#include "hub/http.h"

namespace sightline::hub {

// Parameters and callbacks of a download.
struct DownloadContext {
  const RepoName& repo;
  const std::string& commit;
  const RepoCache& cache;
  const HubSettings& settings;
  StopFn stop;
  // Receives the current size of the file, on the calling thread. Decreases if a download restarts.
  std::function<void(int64_t size_bytes)> on_size;
};

// Downloads the blob of `file` while holding its lock, or returns if it exists with the right size.
// Resumes a partial download. Throws the errors of throw_status; invalid_data if content, size or
// hash differ from the file list; io if writing fails; cancelled.
void download_blob(HttpClient& client, const PullFile& file, const DownloadContext& context);

// Returns whether the blob exists with the right size.
bool has_blob(const RepoCache& cache, const PullFile& file);

}  // namespace sightline::hub
