#include <sightline/encode.h>
#include <sightline/error.h>

#include <cstdlib>

namespace sightline {

std::filesystem::path default_cache_root() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  // The XDG specification says to ignore relative paths.
  if (xdg != nullptr && xdg[0] == '/') return std::filesystem::path(xdg) / "sightline";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] != '\0')
    return std::filesystem::path(home) / ".cache" / "sightline";
  throw Error(ErrorCode::not_found,
              "no place for the embedding cache: neither XDG_CACHE_HOME nor HOME is set");
}

}  // namespace sightline
