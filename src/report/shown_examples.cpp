#include "report/shown_examples.h"

#include <algorithm>

namespace sightline {

const std::string& caption_of(const ExperimentResult& result, int64_t text) {
  const auto t = static_cast<size_t>(text);
  return result.rows[static_cast<size_t>(result.text_row[t])]
      .captions[static_cast<size_t>(result.text_caption[t])];
}

bool has_caption(const std::vector<std::string>& captions, const std::string& caption) {
  return std::ranges::find(captions, caption) != captions.end();
}

DrawnHits drawn_hits(const ExperimentResult& result, const ExampleRow& example, size_t most) {
  const int64_t own = result.text_row[static_cast<size_t>(example.text)];
  DrawnHits drawn{std::min(most, example.hits.size())};
  const auto end = example.hits.begin() + static_cast<std::ptrdiff_t>(drawn.count);
  drawn.has_own =
      std::any_of(example.hits.begin(), end, [&](const Hit& hit) { return hit.index == own; });
  drawn.own_right = drawn.has_own && example.rank <= static_cast<int64_t>(drawn.count);
  return drawn;
}

}  // namespace sightline
