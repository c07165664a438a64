// Whether filters make sense.
#pragma once

#include <sightline/query.h>

namespace sightline::filter {

// The operands that conditions on a field have.
struct Operands {
  bool texts = false, ranges = false, areas = false;
};
Operands operands_of(FilterField field);

// Throws invalid_argument for a condition without operands, with those of another kind of field,
// with a text that matches nothing, NaN, or degrees that are no place.
void check_filter(const Filter& filter);

}  // namespace sightline::filter
