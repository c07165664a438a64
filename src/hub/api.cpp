#include "hub/api.h"

#include <sightline/error.h>

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "hub/names.h"
#include "hub/retry.h"
#include "hub/status_error.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

using nlohmann::json;

constexpr size_t kMaxJsonBytes = 64 << 20;
constexpr size_t kMaxFiles = 500'000;
constexpr int64_t kMaxFileBytes = int64_t{1} << 50;

std::string api_url(const RepoName& repo, const HubSettings& settings) {
  return settings.endpoint + "/api/" + kind_name(repo.kind) + "s/" + repo.id;
}

struct TextResponse {
  HttpResponse http;
  std::string body;
};

TextResponse get_text(HttpClient& client, const std::string& url, const RepoName& repo,
                      const std::string& what, const HubSettings& settings) {
  TextResponse response;
  const auto attempt = [&] {
    response.body.clear();
    response.http = client.get(url, {}, [&](const HttpResponse&, std::string_view piece) {
      if (response.body.size() + piece.size() > kMaxJsonBytes) {
        throw Error(ErrorCode::limit_exceeded, url_origin(url), " sent more than ",
                    bytes_text(kMaxJsonBytes), " for ", what);
      }
      response.body.append(piece);
    });
    if (response.http.status / 100 != 2) throw_status(response.http, repo, what, settings);
  };
  with_retries(
      settings, {}, [] { return 0; }, attempt);
  return response;
}

// Returns the URL of the next page (Link header with rel="next"), or an empty string.
std::string next_page(const HttpResponse& response) {
  const std::string link = response.header("link").value_or("");
  const size_t begin = link.find('<'), end = link.find('>');
  if (begin == link.npos || end == link.npos || end < begin) return "";
  if (link.find("rel=\"next\"", end) == link.npos) return "";
  return link.substr(begin + 1, end - begin - 1);
}

// Source: fields of huggingface_hub's RepoFile and BlobLfsInfo
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
  // The etag is used as a file name in the cache.
  if (!is_hex(file.etag, digits)) {
    throw Error(ErrorCode::invalid_data, where, ": '", printable(file.path),
                "' has the object id '", printable(file.etag), "', expected ", digits,
                " hex digits");
  }
  if (file.size_bytes < 0 || file.size_bytes > kMaxFileBytes) {
    throw Error(ErrorCode::invalid_data, where, ": '", printable(file.path),
                "' has the invalid size ", file.size_bytes);
  }
  return file;
}

void read_page(const TextResponse& response, const std::string& where,
               std::vector<RepoFile>& files) {
  const json page = parse_json(response.body, response.http.url);
  try {
    if (!page.is_array()) throw Error(ErrorCode::invalid_data, where, " is not a JSON array");
    for (const json& entry : page) {
      if (entry.at("type").get<std::string>() == "file") files.push_back(read_entry(entry, where));
    }
  } catch (const json::exception& error) {
    throw Error(ErrorCode::invalid_data, where,
                " lacks a field (path, type, oid, size): ", printable(error.what()));
  }
  if (files.size() > kMaxFiles) {
    throw Error(ErrorCode::limit_exceeded, where, " has more than ", kMaxFiles, " files");
  }
}

}  // namespace

std::string commit_of(HttpClient& client, const RepoName& repo, const HubSettings& settings) {
  if (is_commit(repo.revision)) return repo.revision;
  const std::string what = "the revision of " + repo_text(repo);
  const std::string url =
      api_url(repo, settings) + "/revision/" + percent_encoded(repo.revision, false);
  const TextResponse response = get_text(client, url, repo, what, settings);
  const json info = parse_json(response.body, url);
  const json sha = info.is_object() ? info.value("sha", json()) : json();
  if (!sha.is_string() || !is_commit(sha.get_ref<const std::string&>())) {
    throw Error(ErrorCode::invalid_data, what, ": \"sha\" of the response is ", shown(sha),
                ", expected 40 hex digits");
  }
  return sha.get<std::string>();
}

std::vector<RepoFile> list_files(HttpClient& client, const RepoName& repo,
                                 const std::string& commit, const HubSettings& settings) {
  const std::string where = "the file list of " + repo_text(repo);
  std::vector<RepoFile> files;
  std::set<std::string> pages;
  std::string url = api_url(repo, settings) + "/tree/" + commit + "?recursive=true&expand=false";
  while (!url.empty()) {
    if (!pages.insert(url).second || pages.size() > kMaxFiles / 50) {
      throw Error(ErrorCode::invalid_data, where, " has an endless sequence of pages");
    }
    const TextResponse response = get_text(client, url, repo, where, settings);
    read_page(response, where, files);
    url = next_page(response.http);
    if (url.starts_with('/')) url = url_origin(settings.endpoint) + url;
  }
  std::set<std::string_view> paths;
  for (const RepoFile& file : files) {
    if (!paths.insert(file.path).second) {
      throw Error(ErrorCode::invalid_data, where, " contains '", printable(file.path), "' twice");
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
