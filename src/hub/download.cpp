#include "hub/download.h"

#include <sightline/error.h>
#include <unistd.h>

#include "base/text.h"
#include "hub/api.h"
#include "hub/file_lock.h"
#include "hub/partial_download.h"
#include "hub/retry.h"
#include "hub/status_error.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

namespace fs = std::filesystem;

std::string name_of(const PullFile& file, const DownloadContext& context) {
  return "'" + file.path + "' of " + repo_text(context.repo);
}

[[noreturn]] void throw_size(const PullFile& file, const DownloadContext& context,
                             const std::string& found) {
  throw Error(ErrorCode::invalid_data, name_of(file, context), " should have ", file.size_bytes,
              " bytes, but ", found);
}

// "bytes 5-9/10" -> {5, 10}.
std::optional<std::pair<int64_t, int64_t>> content_range(const std::string& text) {
  const size_t dash = text.find('-'), slash = text.find('/');
  if (!text.starts_with("bytes ") || dash == text.npos || slash == text.npos || slash < dash)
    return std::nullopt;
  const auto begin = number(std::string_view(text).substr(6, dash - 6));
  const auto total = number(std::string_view(text).substr(slash + 1));
  if (!begin || !total) return std::nullopt;
  return std::pair(*begin, *total);
}

// Checks the headers when the first piece of a body is received: the partial download must end
// where the body starts.
void check_headers(const HttpResponse& response, PartialDownload& part, const PullFile& file,
                   const DownloadContext& context) {
  if (const auto encoding = response.header("content-encoding");
      encoding && *encoding != "identity") {
    throw Error(ErrorCode::invalid_data, name_of(file, context), " is sent with the encoding '",
                printable(*encoding), "', which was not requested");
  }
  if (response.status == 206) {
    const auto range = content_range(response.header("content-range").value_or(""));
    if (!range || range->first != part.size()) {
      part.restart();
      throw TransientError(name_of(file, context) + " is sent from another byte than requested");
    }
    if (range->second != file.size_bytes)
      throw_size(file, context, "the server has " + std::to_string(range->second));
    return;
  }
  if (part.size() > 0) part.restart();  // the server sends the whole file
  const auto length = number(response.header("content-length").value_or(""));
  if (length && *length != file.size_bytes)
    throw_size(file, context, "the server sends " + std::to_string(*length));
}

void request_rest(HttpClient& client, PartialDownload& part, const PullFile& file,
                  const DownloadContext& context) {
  std::vector<std::string> headers;
  const int64_t offset = part.size();
  if (offset > 0) headers.push_back("Range: bytes=" + std::to_string(offset) + "-");
  bool started = false;
  const auto sink = [&](const HttpResponse& response, std::string_view piece) {
    if (!started) check_headers(response, part, file, context);
    started = true;
    if (part.size() + static_cast<int64_t>(piece.size()) > file.size_bytes) {
      part.remove();
      throw_size(file, context, "the server sends more");
    }
    part.append(piece);
    if (context.on_size) context.on_size(part.size());
  };
  const std::string url = file_url(context.repo, context.commit, file.path, context.settings);
  const HttpResponse response = client.get(url, headers, sink, context.stop);
  if (response.status == 416) {
    part.restart();
    throw TransientError("the server rejects the range of " + name_of(file, context) +
                         " from byte " + std::to_string(offset));
  }
  if (response.status / 100 != 2) {
    if (response.header("x-error-code") == "EntryNotFound")
      context.cache.record_missing(context.commit, file.path);
    throw_status(response, context.repo, name_of(file, context), context.settings);
  }
  if (part.size() < file.size_bytes) {
    throw TransientError(name_of(file, context) + " ended after " + std::to_string(part.size()) +
                         " of " + std::to_string(file.size_bytes) + " bytes");
  }
}

// Returns the path of the partial download: with the lock, one that later pulls resume; without
// locks, one that no other process writes to.
fs::path part_path(const RepoCache& cache, const std::string& etag, bool locked) {
  if (locked) return cache.incomplete(etag);
  return cache.incomplete(etag + "." + std::to_string(::getpid()));
}

}  // namespace

bool has_blob(const RepoCache& cache, const PullFile& file) {
  std::error_code error;
  const auto size = fs::file_size(cache.blob(file.etag), error);
  return !error && static_cast<int64_t>(size) == file.size_bytes;
}

void download_blob(HttpClient& client, const PullFile& file, const DownloadContext& context) {
  const RepoCache& cache = context.cache;
  const FileLock lock(cache.lock(file.etag), context.stop);
  if (has_blob(cache, file)) return;  // downloaded by another process
  for (bool resumed = true; resumed;) {
    PartialDownload part(part_path(cache, file.etag, lock.held()), file.etag, file.size_bytes);
    resumed = part.size() > 0;
    if (context.on_size) context.on_size(part.size());
    with_retries(
        context.settings, context.stop, [&] { return part.size(); },
        [&] {
          if (part.size() < file.size_bytes) request_rest(client, part, file, context);
        });
    std::string found;
    if (part.finish(cache.blob(file.etag), found)) return;
    // The existing part of a resumed file may be corrupt: download it again from the start.
    if (resumed) continue;
    throw Error(ErrorCode::invalid_data, name_of(file, context), " has the wrong ",
                (file.etag.size() == 64 ? "SHA-256: " : "git object id: "), found, ", expected ",
                file.etag);
  }
}

}  // namespace sightline::hub
