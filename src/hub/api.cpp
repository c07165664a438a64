#include "hub/api.h"

#include <sightline/error.h>

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "hub/names.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

using nlohmann::json;

constexpr size_t kMostJsonBytes = 64 << 20;
constexpr size_t kMostFiles = 500'000;
constexpr int64_t kMostFileBytes = int64_t{1} << 50;

std::string api_url(const RepoName& repo, const HubSettings& settings) {
  return settings.endpoint + "/api/" + kind_name(repo.kind) + "s/" + repo.id;
}

struct Text {
  HttpAnswer answer;
  std::string body;
};

Text get_text(HttpClient& client, const std::string& url, const RepoName& repo,
              const std::string& what, const HubSettings& settings) {
  Text text;
  const auto attempt = [&] {
    text.body.clear();
    text.answer = client.get(url, {}, [&](const HttpAnswer&, std::string_view piece) {
      if (text.body.size() + piece.size() > kMostJsonBytes) {
        throw Error(ErrorCode::limit_exceeded, origin_of(url), " answers ", what,
                    " with more than ", bytes_text(kMostJsonBytes));
      }
      text.body.append(piece);
    });
    if (text.answer.status / 100 != 2) throw_status(text.answer, repo, what, settings);
  };
  with_retries(
      settings, {}, [] { return 0; }, attempt);
  return text;
}

// <URL>; rel="next" of a Link header; empty where there is no next page.
std::string next_page(const HttpAnswer& answer) {
  const std::string link = answer.header("link").value_or("");
  const size_t begin = link.find('<'), end = link.find('>');
  if (begin == link.npos || end == link.npos || end < begin) return "";
  if (link.find("rel=\"next\"", end) == link.npos) return "";
  return link.substr(begin + 1, end - begin - 1);
}

// Source: the fields of huggingface_hub's RepoFile and BlobLfsInfo.
RepoFile read_entry(const json& entry, const std::string& where) {
  RepoFile file;
  file.path = entry.at("path").get<std::string>();
  check_repo_path(file.path, where);
  const json* data = &entry;
  size_t digits = 40;
  if (entry.contains("lfs") && entry["lfs"].is_object()) {
    data = &entry["lfs"];
    digits = 64;
  }
  file.etag = data->at("oid").get<std::string>();
  file.size_bytes = data->at("size").get<int64_t>();
  // The etag becomes a file's name in the cache.
  if (!is_hex(file.etag, digits)) {
    throw Error(ErrorCode::invalid_data, where, ": '", printable(file.path),
                "' has the object id '", printable(file.etag), "', expected ", digits,
                " hex digits");
  }
  if (file.size_bytes < 0 || file.size_bytes > kMostFileBytes) {
    throw Error(ErrorCode::invalid_data, where, ": '", printable(file.path),
                "' has the impossible size ", file.size_bytes);
  }
  return file;
}

void read_page(const Text& text, const std::string& where, std::vector<RepoFile>& files) {
  const json page = parse_json(text.body, text.answer.url);
  try {
    if (!page.is_array()) throw Error(ErrorCode::invalid_data, where, " is no list");
    for (const json& entry : page) {
      if (entry.at("type").get<std::string>() == "file") files.push_back(read_entry(entry, where));
    }
  } catch (const json::exception& error) {
    throw Error(ErrorCode::invalid_data, where,
                " lacks a field (path, type, oid, size): ", printable(error.what()));
  }
  if (files.size() > kMostFiles) {
    throw Error(ErrorCode::limit_exceeded, where, " has more than ", kMostFiles, " files");
  }
}

}  // namespace

std::string commit_of(HttpClient& client, const RepoName& repo, const HubSettings& settings) {
  if (is_commit(repo.revision)) return repo.revision;
  const std::string what = "the revision of " + repo_text(repo);
  const std::string url =
      api_url(repo, settings) + "/revision/" + percent_encoded(repo.revision, false);
  const Text text = get_text(client, url, repo, what, settings);
  const json info = parse_json(text.body, url);
  const json sha = info.is_object() ? info.value("sha", json()) : json();
  if (!sha.is_string() || !is_commit(sha.get_ref<const std::string&>())) {
    throw Error(ErrorCode::invalid_data, what, ": the answer's \"sha\" is ", shown(sha),
                ", expected 40 hex digits");
  }
  return sha.get<std::string>();
}

std::vector<RepoFile> list_files(HttpClient& client, const RepoName& repo,
                                 const std::string& commit, const HubSettings& settings) {
  const std::string where = "the list of files of " + repo_text(repo);
  std::vector<RepoFile> files;
  std::set<std::string> pages;
  std::string url = api_url(repo, settings) + "/tree/" + commit + "?recursive=true&expand=false";
  while (!url.empty()) {
    if (!pages.insert(url).second || pages.size() > kMostFiles / 50) {
      throw Error(ErrorCode::invalid_data, where, " goes in circles");
    }
    const Text text = get_text(client, url, repo, where, settings);
    read_page(text, where, files);
    url = next_page(text.answer);
    if (url.starts_with('/')) url = origin_of(settings.endpoint) + url;
  }
  std::set<std::string_view> paths;
  for (const RepoFile& file : files) {
    if (!paths.insert(file.path).second) {
      throw Error(ErrorCode::invalid_data, where, " names '", printable(file.path), "' twice");
    }
  }
  return files;
}

std::string file_content(HttpClient& client, const RepoName& repo, const std::string& commit,
                         const std::string& path, const HubSettings& settings) {
  return get_text(client, file_url(repo, commit, path, settings), repo,
                  "'" + path + "' of " + repo_text(repo), settings)
      .body;
}

std::string file_url(const RepoName& repo, const std::string& commit, const std::string& path,
                     const HubSettings& settings) {
  return settings.endpoint + (repo.kind == RepoKind::dataset ? "/datasets/" : "/") + repo.id +
         "/resolve/" + commit + "/" + percent_encoded(path, true);
}

}  // namespace sightline::hub
