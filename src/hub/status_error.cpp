// What the Hub's refusals mean. Source: huggingface_hub/utils/_http.py, hf_raise_for_status.
#include <sightline/error.h>

#include "base/text.h"
#include "hub/api.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

// The server's wish in milliseconds: Retry-After in seconds, else the reset time of the Hub's
// RateLimit header ("api";r=0;t=55). -1: none. (Retry-After as a date is not used by the Hub.)
int64_t asked_wait_ms(const HttpAnswer& answer) {
  constexpr int64_t kMost = 1'000'000;
  if (const auto seconds = number(answer.header("retry-after").value_or(""))) {
    return std::min(*seconds, kMost) * 1000;
  }
  const std::string limit = answer.header("ratelimit").value_or("");
  if (limit.find("r=0") == limit.npos) return -1;
  const size_t at = limit.find("t=");
  if (at == limit.npos) return -1;
  const size_t end = limit.find_first_not_of("0123456789", at + 2);
  const auto seconds =
      number(std::string_view(limit).substr(at + 2, end == limit.npos ? end : end - at - 2));
  return seconds ? std::min(*seconds, kMost) * 1000 : -1;
}

[[noreturn]] void throw_unknown_repo(const RepoName& repo, const HubSettings& settings) {
  const std::string other = repo.kind == RepoKind::model ? "" : " as a data set";
  throw Error(ErrorCode::not_found, settings.endpoint, " knows no ",
              repo_text({repo.kind, repo.id, "main"}), other,
              ", or it is private: check the name; for a private one ",
              (settings.token.empty() ? "set HF_TOKEN to a token that may read it"
                                      : "the token in use must be allowed to read it"));
}

[[noreturn]] void throw_gated(const RepoName& repo, const HubSettings& settings) {
  const std::string page =
      settings.endpoint + (repo.kind == RepoKind::dataset ? "/datasets/" : "/") + repo.id;
  throw Error(ErrorCode::io, repo_text(repo), " is gated: accept its terms at ", page, ", then ",
              (settings.token.empty() ? "set HF_TOKEN to a token of your account"
                                      : "use a token of the account that did"));
}

}  // namespace

void throw_status(const HttpAnswer& answer, const RepoName& repo, const std::string& what,
                  const HubSettings& settings) {
  const int status = answer.status;
  const std::string code = answer.header("x-error-code").value_or("");
  const std::string message = answer.header("x-error-message").value_or("");
  const std::string server = origin_of(answer.url);
  if (status == 429) {
    throw TransientError(server + " limits requests (status 429) for " + what,
                         asked_wait_ms(answer));
  }
  if (status >= 500) {
    throw TransientError(server + " failed with status " + std::to_string(status) + " for " + what,
                         asked_wait_ms(answer));
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
  // Without a token the Hub answers 401 for private repositories and for names it does not know.
  if (code == "RepoNotFound" ||
      ((status == 401 || status == 404) && server == origin_of(settings.endpoint))) {
    throw_unknown_repo(repo, settings);
  }
  throw Error(ErrorCode::io, server, " answered ", what, " with status ", status,
              (message.empty() ? "" : ": " + printable(message)));
}

}  // namespace sightline::hub
