// From what people type to a path.
#include <sightline/error.h>
#include <sightline/hub.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/file.h"
#include "hub/cache.h"
#include "hub/names.h"
#include "hub/select.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// The files of a snapshot that lead somewhere, relative to it.
std::vector<std::string> files_of(const fs::path& snapshot) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(snapshot, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code broken;
    if (fs::is_regular_file(at->path(), broken))
      files.push_back(at->path().lexically_relative(snapshot).string());
  }
  return files;
}

// Whether a snapshot holds what its use needs. A pull of ours makes whole ones only; Python may
// have fetched single files.
bool is_usable(const fs::path& snapshot, RepoKind kind) {
  const auto files = files_of(snapshot);
  const hub::Selection selection = hub::select_files(files, kind);
  if (!selection.usable || selection.index.empty()) return selection.usable;
  try {
    const std::string index = read_text_file(snapshot / selection.index, 64 << 20);
    return std::ranges::all_of(
        hub::shards_of(index, selection.index),
        [&](const std::string& shard) { return std::ranges::find(files, shard) != files.end(); });
  } catch (const Error&) {
    return false;
  }
}

std::optional<fs::path> find_cached(const RepoName& repo, const HubSettings& settings) {
  std::vector<std::string> revisions = {repo.revision};
  if (repo.kind == RepoKind::dataset && repo.revision == "main")
    revisions.push_back("refs/convert/parquet");
  for (const auto& revision : revisions) {
    const auto snapshot = hub::RepoCache(settings.cache, repo).find_snapshot(revision);
    if (snapshot && is_usable(*snapshot, repo.kind)) return snapshot;
  }
  return std::nullopt;
}

// What a text stands for: repositories, or nothing where it is a path or cannot be a name.
std::vector<RepoName> repos_of(const std::string& text, RepoKind kind,
                               const HubSettings& settings) {
  std::error_code error;
  if (text.empty() || fs::exists(fs::symlink_status(text, error))) return {};
  if (kind == RepoKind::model) {
    if (auto repos = hub::alias_repos(text); !repos.empty()) return repos;
  }
  const auto repo = hub::parse_repo(text, kind);
  if (!repo) return {};
  // A single word is much more often a misspelt folder than one of the Hub's few names without an
  // organisation; those are found in the cache only.
  if (repo->id.find('/') == repo->id.npos && !find_cached(*repo, settings)) return {};
  return {*repo};
}

struct Part {
  std::string key;  // "text=", "image=", "seed=", "projection=", or empty
  std::string value;
};

bool names_no_model(const std::string& key) {
  return key == "seed=" || key == "projection=";
}

// "text=A,image=B,seed=1" in its parts; any other text is one part without a key.
std::vector<Part> parts_of(const std::string& text) {
  std::error_code error;
  const bool pair = text.starts_with("text=") || text.starts_with("image=");
  if (!pair || fs::exists(fs::symlink_status(text, error))) return {{"", text}};
  std::vector<Part> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const size_t equals = part.find('=');
    // A comma within a path belongs to it.
    const std::string key = equals == part.npos ? "" : part.substr(0, equals + 1);
    if (key == "text=" || key == "image=" || names_no_model(key)) {
      parts.push_back({key, part.substr(equals + 1)});
    } else {
      parts.back().value += "," + part;
    }
    begin = end + 1;
  }
  return parts;
}

std::string as_typed(const RepoName& repo) {
  return repo.id + (repo.revision == "main" ? "" : "@" + repo.revision);
}

fs::path cached_or_throw(const RepoName& repo, const std::string& text,
                         const HubSettings& settings) {
  if (auto found = find_cached(repo, settings)) return *found;
  const std::string option = repo.kind == RepoKind::dataset ? "--dataset " : "";
  const bool alias = text != as_typed(repo);
  throw Error(ErrorCode::not_found, "there is no file or folder '", text, "', and ",
              repo_text(repo), (alias ? ", which that names," : ""), " is not in the cache '",
              settings.cache.string(), "'; 'sightline pull ", option, text, "' fetches it");
}

}  // namespace

std::string resolve_model(const std::string& text, const HubSettings& settings) {
  std::string result;
  for (const Part& part : parts_of(text)) {
    if (!result.empty()) result += ",";
    result += part.key;
    const auto repos = names_no_model(part.key) ? std::vector<RepoName>{}
                                                : repos_of(part.value, RepoKind::model, settings);
    if (repos.empty()) {
      result += part.value;
    } else if (repos.size() == 1) {
      result += cached_or_throw(repos[0], part.value, settings).string();
    } else if (part.key.empty()) {
      result += "text=" + cached_or_throw(repos[0], part.value, settings).string() +
                ",image=" + cached_or_throw(repos[1], part.value, settings).string();
    } else {
      throw Error(
          ErrorCode::invalid_argument,
          "'" + part.key + part.value + "': a pair of towers cannot be one of a pair's towers");
    }
  }
  return result;
}

fs::path resolve_dataset(const std::string& text, const HubSettings& settings) {
  const auto repos = repos_of(text, RepoKind::dataset, settings);
  return repos.empty() ? fs::path(text) : cached_or_throw(repos[0], text, settings);
}

std::vector<RepoName> missing_repos(const std::string& text, RepoKind kind,
                                    const HubSettings& settings) {
  std::vector<RepoName> missing;
  const auto parts = kind == RepoKind::model ? parts_of(text) : std::vector<Part>{{"", text}};
  for (const Part& part : parts) {
    if (names_no_model(part.key)) continue;
    for (auto& repo : repos_of(part.value, kind, settings)) {
      if (!find_cached(repo, settings)) missing.push_back(std::move(repo));
    }
  }
  return missing;
}

}  // namespace sightline
