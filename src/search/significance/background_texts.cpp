#include "search/significance/background_texts.h"

#include <sightline/significance.h>

namespace sightline {

const std::vector<std::string>& background_texts() {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> lines;
    std::string_view rest = background_text_lines();
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      if (end != 0) lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return lines;
  }();
  return texts;
}

}  // namespace sightline
