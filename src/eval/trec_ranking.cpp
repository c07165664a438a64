#include "eval/trec_ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace sightline {

std::vector<TrecLine> trec_ranking(std::span<const double> similarities,
                                   std::span<const TrecGrade> grades, int64_t depth) {
  double highest = 1;  // similarities of unit vectors
  for (const double s : similarities) {
    if (std::isfinite(s)) highest = std::max(highest, s);
  }
  struct Place {
    double key;
    TrecGrade grade;
    int64_t candidate;
  };
  std::vector<Place> places;
  places.reserve(similarities.size());
  for (size_t c = 0; c < similarities.size(); ++c) {
    const bool number = !std::isnan(similarities[c]);
    if (!number && grades[c] != TrecGrade::wrong) continue;
    places.push_back({number ? similarities[c] : highest + 1, grades[c], static_cast<int64_t>(c)});
  }
  const auto better = [](const Place& a, const Place& b) {
    return std::tuple(-a.key, a.grade, a.candidate) < std::tuple(-b.key, b.grade, b.candidate);
  };
  const size_t keep =
      depth == 0 ? places.size() : std::min(places.size(), static_cast<size_t>(depth));
  std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(keep),
                    places.end(), better);
  std::vector<TrecLine> lines(keep);
  float above = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < keep; ++i) {
    const float below = std::nextafter(above, -std::numeric_limits<float>::infinity());
    above = std::min(static_cast<float>(places[i].key), below);
    lines[i] = {places[i].candidate, above};
  }
  return lines;
}

}  // namespace sightline
