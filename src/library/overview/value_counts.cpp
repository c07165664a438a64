#include "library/overview/value_counts.h"

#include <algorithm>

namespace sightline::library {

void sort_values(std::vector<FacetValue>& values, int64_t most) {
  const auto kept = static_cast<size_t>(std::clamp<int64_t>(most, 0, std::ssize(values)));
  std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(kept),
                            [](const FacetValue& a, const FacetValue& b) {
                              return a.count != b.count ? a.count > b.count : a.value < b.value;
                            });
  values.resize(kept);
}

}  // namespace sightline::library
