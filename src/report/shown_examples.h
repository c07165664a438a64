// The images of examples and queries that grids and the page draw.
#pragma once

#include <sightline/experiment.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sightline {

// A caption. `text`: index into ExperimentResult::text_row.
const std::string& caption_of(const ExperimentResult& result, int64_t text);

// Whether an image with these captions has `caption`.
bool has_caption(const std::vector<std::string>& captions, const std::string& caption);

// The first hits of an example that are drawn.
struct DrawnHits {
  size_t count = 0;
  bool has_own = false;    // the caption's own image is one of them
  bool own_right = false;  // and is marked: its rank is not below them
};

// Returns at most `most` hits. An own image that is among them only because of a tie is not marked:
// its rank counts ties against the model.
DrawnHits drawn_hits(const ExperimentResult& result, const ExampleRow& example, size_t most);

}  // namespace sightline
