#include "eval/trec_ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace sightline {

std::vector<TrecLine> trec_ranking(std::span<const double> similarities,
                                   std::span<const TrecGrade> grades, int64_t depth) {
  double highest = 1;  // upper bound for unit vectors
  for (const double s : similarities) {
    if (std::isfinite(s)) highest = std::max(highest, s);
  }
  struct Entry {
    double key;
    TrecGrade grade;
    int64_t candidate;
  };
  std::vector<Entry> entries;
  entries.reserve(similarities.size());
  for (size_t c = 0; c < similarities.size(); ++c) {
    const bool is_nan = std::isnan(similarities[c]);
    if (is_nan && grades[c] != TrecGrade::not_relevant) continue;
    entries.push_back({is_nan ? highest + 1 : similarities[c], grades[c], static_cast<int64_t>(c)});
  }
  const auto better = [](const Entry& a, const Entry& b) {
    return std::tuple(-a.key, a.grade, a.candidate) < std::tuple(-b.key, b.grade, b.candidate);
  };
  const size_t keep =
      depth == 0 ? entries.size() : std::min(entries.size(), static_cast<size_t>(depth));
  std::partial_sort(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(keep),
                    entries.end(), better);
  std::vector<TrecLine> lines(keep);
  float above = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < keep; ++i) {
    const float below = std::nextafter(above, -std::numeric_limits<float>::infinity());
    above = std::min(static_cast<float>(entries[i].key), below);
    lines[i] = {entries[i].candidate, above};
  }
  return lines;
}

}  // namespace sightline
