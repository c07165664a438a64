// Counts in the summaries of sample data sets.
#pragma once

#include <cstdint>
#include <string>

namespace sightline {

// Items that a rule left out, or rows of one kind.
struct SampleCount {
  std::string name;
  int64_t count = 0;
};

}  // namespace sightline
