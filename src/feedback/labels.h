// Labels of images as queries.
#pragma once

#include <sightline/search.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::feedback {

struct LabelQuery {
  std::string text;
  std::vector<int64_t> relevant;  // rows, ascending
};

// The labels that between `least` and `most` images have, in the order of their texts.
std::vector<LabelQuery> label_queries(const Collection& collection, int64_t least, int64_t most);

}  // namespace sightline::feedback
