// Resolves names of models and data sets to paths in the cache.
#include <sightline/error.h>
#include <sightline/hub.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/adapter_spec.h"
#include "base/file.h"
#include "base/spec_label.h"
#include "base/suggest.h"
#include "hub/cache.h"
#include "hub/names.h"
#include "hub/select.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Returns the files of a snapshot, relative to it, without broken links.
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

// Returns whether a snapshot has the files needed to use it. pull() creates complete snapshots
// only, but Python may have downloaded single files.
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

// Returns the repositories that `text` names; empty if it is an existing path or not a valid name.
std::vector<RepoName> repos_of(const std::string& text, RepoKind kind,
                               const HubSettings& settings) {
  std::error_code error;
  if (text.empty() || fs::exists(fs::symlink_status(text, error))) return {};
  if (kind == RepoKind::model) {
    if (auto repos = hub::alias_repos(text); !repos.empty()) return repos;
  }
  const auto repo = hub::parse_repo(text, kind);
  if (!repo) return {};
  // A name without an organization is more often a misspelt folder than one of the few such
  // repositories, so it is accepted only if it is in the cache.
  if (repo->id.find('/') == repo->id.npos && !find_cached(*repo, settings)) return {};
  return {*repo};
}

struct Part {
  std::string key;  // "text=", "image=", "seed=", "projection=", or empty
  std::string value;
};

bool is_setting(const std::string& key) {
  return key == "seed=" || key == "projection=";
}

// Splits "text=A,image=B,seed=1" into its parts; any other text is a single part without a key.
std::vector<Part> split_parts(const std::string& text) {
  std::error_code error;
  const bool pair = text.starts_with("text=") || text.starts_with("image=");
  if (!pair || fs::exists(fs::symlink_status(text, error))) return {{"", text}};
  std::vector<Part> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const size_t equals = part.find('=');
    // Otherwise the comma is part of the path before it.
    const std::string key = equals == part.npos ? "" : part.substr(0, equals + 1);
    if (key == "text=" || key == "image=" || is_setting(key)) {
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

// Whether a name "folder/name" is rather a misspelt path: the folder exists here, or `nearest`
// suggests a path.
bool looks_like_path(const std::string& text, const std::string& nearest) {
  std::error_code error;
  const fs::path parent = fs::path(text).parent_path();
  return nearest.ends_with('?') || (!parent.empty() && fs::is_directory(parent, error));
}

fs::path cached_or_throw(const RepoName& repo, const std::string& text,
                         const HubSettings& settings) {
  if (auto found = find_cached(repo, settings)) return *found;
  const bool alias = text != as_typed(repo);
  if (const std::string nearest = nearest_path(text); !alias && looks_like_path(text, nearest)) {
    throw Error(ErrorCode::not_found, "there is no file or folder '", text, "', and ",
                repo_text(repo), " is not in the cache either", nearest);
  }
  const std::string option = repo.kind == RepoKind::dataset ? "--dataset " : "";
  throw Error(ErrorCode::not_found, "there is no file or folder '", text, "', and ",
              (alias ? "its repository, " : ""), repo_text(repo), (alias ? "," : ""),
              " is not in the cache '", settings.cache.string(),
              "'; if it is a name on the Hub, run 'sightline pull ", option, text, "'");
}

// The model and the adapters of a part's value. A repository in the cache may have a revision with
// a '+'.
std::vector<std::string> split_value(const std::string& value, const HubSettings& settings) {
  const auto adapted = split_adapter(value);
  if (!adapted) return {value};
  if (const auto repo = hub::parse_repo(value, RepoKind::model);
      repo && find_cached(*repo, settings)) {
    return {value};
  }
  std::vector<std::string> names = split_value(adapted->model, settings);
  names.push_back(adapted->adapter);
  return names;
}

// Resolves a model and its adapters.
std::string resolve_adapted(const std::vector<std::string>& names, const HubSettings& settings) {
  std::string result;
  for (const std::string& name : names) {
    const auto repos = repos_of(name, RepoKind::model, settings);
    if (repos.size() > 1) {
      throw Error(ErrorCode::invalid_argument, "'", name,
                  "' is a pair: name the tower that the adapter is for, as in "
                  "text=MODEL+ADAPTER,image=MODEL");
    }
    if (!result.empty()) result += "+";
    result += repos.empty() ? name : cached_or_throw(repos[0], name, settings).string();
  }
  return result;
}

// Resolves the parts of a model without a label.
std::string resolve_parts(const std::string& text, const HubSettings& settings) {
  std::string result;
  for (const Part& part : split_parts(text)) {
    if (!result.empty()) result += ",";
    result += part.key;
    const auto names = is_setting(part.key) ? std::vector<std::string>{part.value}
                                            : split_value(part.value, settings);
    if (names.size() > 1) {
      result += resolve_adapted(names, settings);
      continue;
    }
    const auto repos = is_setting(part.key) ? std::vector<RepoName>{}
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
          "'" + part.key + part.value + "': a pair of towers cannot be a tower of another pair");
    }
  }
  return result;
}

}  // namespace

std::string resolve_model(const std::string& labeled, const HubSettings& settings) {
  const auto [label, text] = split_label(labeled);
  if (label.empty()) return resolve_parts(text, settings);
  try {
    return label + "=" + resolve_parts(text, settings);
  } catch (const Error& error) {
    throw Error(error.code(), "'", labeled, "', read as NAME=PATH: ", error.what());
  }
}

fs::path resolve_dataset(const std::string& text, const HubSettings& settings) {
  const auto repos = repos_of(text, RepoKind::dataset, settings);
  return repos.empty() ? fs::path(text) : cached_or_throw(repos[0], text, settings);
}

std::vector<RepoName> missing_repos(const std::string& text, RepoKind kind,
                                    const HubSettings& settings) {
  std::vector<RepoName> missing;
  const auto parts =
      kind == RepoKind::model ? split_parts(split_label(text).spec) : std::vector<Part>{{"", text}};
  for (const Part& part : parts) {
    if (is_setting(part.key)) continue;
    const auto names = kind == RepoKind::model ? split_value(part.value, settings)
                                               : std::vector<std::string>{part.value};
    for (const std::string& name : names) {
      for (auto& repo : repos_of(name, kind, settings)) {
        if (!find_cached(repo, settings)) missing.push_back(std::move(repo));
      }
    }
  }
  return missing;
}

}  // namespace sightline
