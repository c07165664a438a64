// Compares the full-text index of captions with the captions.
#pragma once

#include <cstdint>
#include <functional>

#include "library/catalogue/database.h"

namespace sightline::library {

// Returns the number of captions whose words in `caption_words` are not those in `captions`,
// entries of captions that do not exist included. Reads only: FTS5's own integrity check has to
// write. `report` is called with the number of captions read so far. Memory: about 40 bytes for
// each caption. Throws invalid_data if the index cannot be read, and what `report` throws.
int64_t count_wrong_captions(Database& database, const std::function<void(int64_t)>& report);

}  // namespace sightline::library
