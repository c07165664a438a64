#include "preview.h"

#include <sightline/search_preview.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace sightline::cli {

std::vector<std::string> previews(const SearchResult& result, const Collection& collection,
                                  const std::string& kind) {
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  if (kind.empty() || (kind == "auto" && !terminal)) return {};
  SearchPreviewOptions options;
  options.terminal = detect_terminal();
  if (kind != "auto")
    options.terminal = {parse_terminal_graphics(kind), options.terminal.true_color || !terminal};
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    options.columns = std::clamp<int>(size.ws_col, 1, 1000);
    if (size.ws_xpixel >= size.ws_col && size.ws_row > 0 && size.ws_ypixel >= size.ws_row) {
      options.cell_width = std::clamp(size.ws_xpixel / size.ws_col, 1, 100);
      options.cell_height = std::clamp(size.ws_ypixel / size.ws_row, 1, 100);
    }
  }
  return search_previews(result, collection, options);
}

}  // namespace sightline::cli
