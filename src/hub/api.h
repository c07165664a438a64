// HTTP API of the Hub: commits of revisions, file lists and file contents.
#pragma once

#include <sightline/hub.h>

#include <string>
#include <vector>

#include "hub/http.h"

namespace sightline::hub {

// A file of a commit.
struct RepoFile {
  std::string path;  // checked with check_repo_path
  int64_t size_bytes = 0;
  std::string etag;  // 64 hex digits: SHA-256 (LFS); 40: git object id
};

// The functions below retry like with_retries and throw the errors of throw_status, invalid_data
// for unexpected JSON, and limit_exceeded for responses of more than 64 MiB or lists of more than
// 500,000 files.

// Returns the commit of repo.revision.
std::string commit_of(HttpClient& client, const RepoName& repo, const HubSettings& settings);
// Returns the files of a commit.
std::vector<RepoFile> list_files(HttpClient& client, const RepoName& repo,
                                 const std::string& commit, const HubSettings& settings);
// Returns the content of a file of at most 64 MiB.
std::string file_content(HttpClient& client, const RepoName& repo, const std::string& commit,
                         const std::string& path, const HubSettings& settings);

// Returns the download URL of a file.
std::string file_url(const RepoName& repo, const std::string& commit, const std::string& path,
                     const HubSettings& settings);

}  // namespace sightline::hub
