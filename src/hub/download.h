// One file of a repository into the cache's blobs.
#pragma once

#include <functional>

#include "hub/cache.h"
#include "hub/http.h"

namespace sightline::hub {

struct Download {
  const RepoName& repo;
  const std::string& commit;
  const RepoCache& cache;
  const HubSettings& settings;
  StopFn stop;
  // How many bytes the file has by now; from the same thread. May go back, where it begins anew.
  std::function<void(int64_t)> have;
};

// Brings `file`'s blob, with its lock held; does nothing where it is there with its size. Continues
// what an earlier attempt left. Throws as throw_status does, invalid_data where content, size or
// hash are not as announced, io where the disk refuses, cancelled.
void fetch_blob(HttpClient& client, const PullFile& file, const Download& download);

// Whether the blob is there, with the size that it should have.
bool has_blob(const RepoCache& cache, const PullFile& file);

}  // namespace sightline::hub
