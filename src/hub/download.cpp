#include "hub/download.h"

#include <sightline/error.h>
#include <unistd.h>

#include "base/text.h"
#include "hub/api.h"
#include "hub/file_lock.h"
#include "hub/partial_download.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

namespace fs = std::filesystem;

std::string name_of(const PullFile& file, const Download& download) {
  return "'" + file.path + "' of " + repo_text(download.repo);
}

[[noreturn]] void throw_size(const PullFile& file, const Download& download,
                             const std::string& found) {
  throw Error(ErrorCode::invalid_data, name_of(file, download), " should have ", file.size_bytes,
              " bytes, but ", found);
}

// "bytes 5-9/10" -> {5, 10}.
std::optional<std::pair<int64_t, int64_t>> content_range(const std::string& text) {
  const size_t dash = text.find('-'), slash = text.find('/');
  if (!text.starts_with("bytes ") || dash == text.npos || slash == text.npos || slash < dash)
    return std::nullopt;
  const auto begin = number(std::string_view(text).substr(6, dash - 6));
  const auto whole = number(std::string_view(text).substr(slash + 1));
  if (!begin || !whole) return std::nullopt;
  return std::pair(*begin, *whole);
}

// At the first piece of a body: what is in the part file must fit before it.
void begin_body(const HttpAnswer& answer, PartialDownload& part, const PullFile& file,
                const Download& download) {
  if (const auto encoding = answer.header("content-encoding");
      encoding && *encoding != "identity") {
    throw Error(ErrorCode::invalid_data, name_of(file, download), " comes with the encoding '",
                printable(*encoding), "', none was asked for");
  }
  if (answer.status == 206) {
    const auto range = content_range(answer.header("content-range").value_or(""));
    if (!range || range->first != part.size()) {
      part.restart();
      throw TransientError(name_of(file, download) +
                           " is continued at another byte than was asked for");
    }
    if (range->second != file.size_bytes)
      throw_size(file, download, "the server has " + std::to_string(range->second));
    return;
  }
  if (part.size() > 0) part.restart();  // the server sends the whole
  const auto length = number(answer.header("content-length").value_or(""));
  if (length && *length != file.size_bytes)
    throw_size(file, download, "the server sends " + std::to_string(*length));
}

void request_rest(HttpClient& client, PartialDownload& part, const PullFile& file,
                  const Download& download) {
  std::vector<std::string> headers;
  const int64_t offset = part.size();
  if (offset > 0) headers.push_back("Range: bytes=" + std::to_string(offset) + "-");
  bool begun = false;
  const auto sink = [&](const HttpAnswer& answer, std::string_view piece) {
    if (!begun) begin_body(answer, part, file, download);
    begun = true;
    if (part.size() + static_cast<int64_t>(piece.size()) > file.size_bytes) {
      part.remove();
      throw_size(file, download, "the server goes on sending");
    }
    part.append(piece);
    if (download.have) download.have(part.size());
  };
  const std::string url = file_url(download.repo, download.commit, file.path, download.settings);
  const HttpAnswer answer = client.get(url, headers, sink, download.stop);
  if (answer.status == 416) {
    part.restart();
    throw TransientError("the server has nothing of " + name_of(file, download) + " from byte " +
                         std::to_string(offset) + " on");
  }
  if (answer.status / 100 != 2) {
    if (answer.header("x-error-code") == "EntryNotFound")
      download.cache.note_missing(download.commit, file.path);
    throw_status(answer, download.repo, name_of(file, download), download.settings);
  }
  if (part.size() < file.size_bytes) {
    throw TransientError(name_of(file, download) + " ended after " + std::to_string(part.size()) +
                         " of " + std::to_string(file.size_bytes) + " bytes");
  }
}

// Where to download to: with the lock held the file that can be continued, without locks one that
// no other process writes to.
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

void fetch_blob(HttpClient& client, const PullFile& file, const Download& download) {
  const RepoCache& cache = download.cache;
  const FileLock lock(cache.lock(file.etag), download.stop);
  if (has_blob(cache, file)) return;  // another process was first
  for (bool continued = true; continued;) {
    PartialDownload part(part_path(cache, file.etag, lock.held()), file.etag, file.size_bytes);
    continued = part.size() > 0;
    if (download.have) download.have(part.size());
    with_retries(
        download.settings, download.stop, [&] { return part.size(); },
        [&] {
          if (part.size() < file.size_bytes) request_rest(client, part, file, download);
        });
    std::string found;
    if (part.finish(cache.blob(file.etag), found)) return;
    // What was continued may have been damaged before: once more, from the beginning.
    if (continued) continue;
    throw Error(ErrorCode::invalid_data, name_of(file, download), " has the wrong ",
                (file.etag.size() == 64 ? "SHA-256: " : "git object id: "), found, ", expected ",
                file.etag);
  }
}

}  // namespace sightline::hub
