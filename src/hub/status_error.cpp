// Converts HTTP errors of the Hub to Errors.
// Source: huggingface_hub/utils/_http.py, hf_raise_for_status
#include "hub/status_error.h"

#include <sightline/error.h>

#include "base/text.h"
#include "hub/api.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

// Returns the wait requested by the server in milliseconds: Retry-After in seconds, else the reset
// time in the Hub's RateLimit header ("api";r=0;t=55); -1 if none. The Hub does not send
// Retry-After as a date.
int64_t requested_wait_ms(const HttpResponse& response) {
  constexpr int64_t kMaxSeconds = 1'000'000;
  if (const auto seconds = number(response.header("retry-after").value_or(""))) {
    return std::min(*seconds, kMaxSeconds) * 1000;
  }
  const std::string limit = response.header("ratelimit").value_or("");
  if (limit.find("r=0") == limit.npos) return -1;
  const size_t at = limit.find("t=");
  if (at == limit.npos) return -1;
  const size_t end = limit.find_first_not_of("0123456789", at + 2);
  const auto seconds =
      number(std::string_view(limit).substr(at + 2, end == limit.npos ? end : end - at - 2));
  return seconds ? std::min(*seconds, kMaxSeconds) * 1000 : -1;
}

[[noreturn]] void throw_unknown_repo(const RepoName& repo, const HubSettings& settings) {
  throw Error(ErrorCode::not_found, settings.endpoint, " has no ",
              repo_text({repo.kind, repo.id, "main"}),
              ", or it is private: check the name; for a private repository, ",
              (settings.token.empty() ? "set HF_TOKEN to a token with read access"
                                      : "the token in use needs read access"));
}

[[noreturn]] void throw_gated(const RepoName& repo, const HubSettings& settings) {
  const std::string page =
      settings.endpoint + (repo.kind == RepoKind::dataset ? "/datasets/" : "/") + repo.id;
  throw Error(ErrorCode::io, repo_text(repo), " is gated: accept its terms at ", page, ", then ",
              (settings.token.empty() ? "set HF_TOKEN to a token of your account"
                                      : "use a token of the account that accepted them"));
}

}  // namespace

void throw_status(const HttpResponse& response, const RepoName& repo, const std::string& what,
                  const HubSettings& settings) {
  const int status = response.status;
  const std::string code = response.header("x-error-code").value_or("");
  const std::string message = response.header("x-error-message").value_or("");
  const std::string server = url_origin(response.url);
  if (status == 429) {
    throw TransientError(server + " limits the request rate (status 429) for " + what,
                         requested_wait_ms(response));
  }
  if (status >= 500) {
    throw TransientError(server + " failed with status " + std::to_string(status) + " for " + what,
                         requested_wait_ms(response));
  }
  if (code == "GatedRepo") throw_gated(repo, settings);
  if (code == "RevisionNotFound") {
    throw Error(ErrorCode::not_found, repo_text({repo.kind, repo.id, "main"}), " has no revision '",
                repo.revision, "'");
  }
  if (code == "EntryNotFound") {
    throw Error(ErrorCode::not_found, settings.endpoint, " has no ", what);
  }
  if (status == 401 && message.find("Invalid credentials") != message.npos) {
    throw Error(ErrorCode::io, settings.endpoint,
                " does not accept the token (HF_TOKEN or the token file): ", printable(message));
  }
  // Without a token, the Hub responds with 401 for private and for unknown repositories.
  if (code == "RepoNotFound" ||
      ((status == 401 || status == 404) && server == url_origin(settings.endpoint))) {
    throw_unknown_repo(repo, settings);
  }
  throw Error(ErrorCode::io, server, " responded to ", what, " with status ", status,
              (message.empty() ? "" : ": " + printable(message)));
}

}  // namespace sightline::hub
