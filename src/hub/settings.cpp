// Settings from the environment variables of huggingface_hub.
// Source: huggingface_hub/constants.py
#include <sightline/error.h>
#include <sightline/hub.h>

#include <cstdlib>

#include "base/file.h"
#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Returns the value of an environment variable, or an empty string if it is not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_true(std::string_view text) {
  const std::string value = lower(text);
  return value == "1" || value == "on" || value == "yes" || value == "true";
}

fs::path home() {
  const std::string home = variable("HOME");
  if (home.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "HOME is not set: set HF_HOME or HF_HUB_CACHE to the folder of the Hub's cache");
  }
  return home;
}

// Expands "~/x" and "$NAME/x", as Python does for these variables.
fs::path expand(const std::string& text) {
  std::string path = text;
  if (path == "~" || path.starts_with("~/")) path = home().string() + path.substr(1);
  for (size_t at = path.find('$'); at != std::string::npos; at = path.find('$', at + 1)) {
    const bool braces = at + 1 < path.size() && path[at + 1] == '{';
    const size_t begin = at + (braces ? 2 : 1);
    size_t end = begin;
    while (end < path.size() &&
           (std::isalnum(static_cast<unsigned char>(path[end])) != 0 || path[end] == '_'))
      ++end;
    if (end == begin || (braces && (end == path.size() || path[end] != '}'))) continue;
    const char* value = std::getenv(path.substr(begin, end - begin).c_str());
    if (value != nullptr) path.replace(at, end + (braces ? 1 : 0) - at, value);
  }
  return path;
}

fs::path hub_home() {
  if (const std::string set = variable("HF_HOME"); !set.empty()) return expand(set);
  const std::string cache = variable("XDG_CACHE_HOME");
  return (cache.empty() ? home() / ".cache" : fs::path(cache)) / "huggingface";
}

fs::path hub_cache() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const std::string set = variable(name); !set.empty()) return expand(set);
  }
  return hub_home() / "hub";
}

std::string token() {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (const std::string set(trimmed(variable(name))); !set.empty()) return set;
  }
  if (is_true(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return "";
  const std::string path = variable("HF_TOKEN_PATH");
  try {
    return std::string(
        trimmed(read_text_file(path.empty() ? hub_home() / "token" : expand(path), 64 << 10)));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return "";
    throw;
  }
}

int timeout_seconds() {
  const std::string text = variable("HF_HUB_DOWNLOAD_TIMEOUT");
  if (text.empty()) return HubSettings{}.timeout_seconds;
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (*end != '\0' || value < 1 || value > 86400) {
    throw Error(ErrorCode::invalid_argument, "HF_HUB_DOWNLOAD_TIMEOUT is '", text,
                "', expected a number of seconds from 1 to 86400");
  }
  return static_cast<int>(value);
}

}  // namespace

HubSettings hub_settings() {
  HubSettings settings;
  if (std::string set = variable("HF_ENDPOINT"); !set.empty()) {
    while (set.ends_with('/')) set.pop_back();
    if (!set.starts_with("http://") && !set.starts_with("https://")) {
      throw Error(ErrorCode::invalid_argument, "HF_ENDPOINT is '", set,
                  "', expected a URL that starts with https:// or http://");
    }
    settings.endpoint = set;
  }
  settings.cache = hub_cache();
  settings.token = token();
  if (settings.token.find_first_of("\r\n\t ") != std::string::npos) {
    throw Error(ErrorCode::invalid_argument, "the Hub's token (HF_TOKEN) contains whitespace");
  }
  settings.offline =
      is_true(variable("HF_HUB_OFFLINE")) || is_true(variable("TRANSFORMERS_OFFLINE"));
  settings.timeout_seconds = timeout_seconds();
  return settings;
}

}  // namespace sightline
