// The Hub's answers: which commit a revision is, which files a commit has, and what an error means.
#pragma once

#include <sightline/hub.h>

#include <string>
#include <vector>

#include "hub/http.h"

namespace sightline::hub {

struct RepoFile {
  std::string path;  // checked: it stays below the folder it is put in
  int64_t size_bytes = 0;
  std::string etag;  // 64 hex digits: SHA-256, large file storage; 40: git's object id
};

// All of these try again as with_retries does, and throw as status_error says; JSON beyond
// 64 MiB an answer is limit_exceeded, JSON without what is expected invalid_data.
std::string commit_of(HttpClient& client, const RepoName& repo, const HubSettings& settings);
std::vector<RepoFile> list_files(HttpClient& client, const RepoName& repo,
                                 const std::string& commit, const HubSettings& settings);
// A small file's content, into memory. Throws limit_exceeded.
std::string file_content(HttpClient& client, const RepoName& repo, const std::string& commit,
                         const std::string& path, const HubSettings& settings);

std::string file_url(const RepoName& repo, const std::string& commit, const std::string& path,
                     const HubSettings& settings);

// Throws for an answer that is not 2xx: TransientError for 429 and 5xx, not_found for what the Hub
// does not know (or hides), io for what it does not give. `what` names the thing asked for.
[[noreturn]] void throw_status(const HttpAnswer& answer, const RepoName& repo,
                               const std::string& what, const HubSettings& settings);

}  // namespace sightline::hub
