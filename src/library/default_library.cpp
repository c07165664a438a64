#include <sightline/error.h>
#include <sightline/library.h>

#include <cstdlib>

namespace sightline {

std::filesystem::path default_library() {
  if (const char* named = std::getenv("SIGHTLINE_LIBRARY"); named != nullptr && *named != '\0')
    return named;
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return std::filesystem::path(data) / "sightline" / "library";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    throw Error(ErrorCode::not_found,
                "no folder for the library: set SIGHTLINE_LIBRARY, XDG_DATA_HOME or HOME");
  }
  return std::filesystem::path(home) / ".local" / "share" / "sightline" / "library";
}

}  // namespace sightline
