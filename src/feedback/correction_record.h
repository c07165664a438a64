// Corrections in the database of a library.
#pragma once

#include <sightline/feedback.h>

#include <optional>
#include <string>
#include <vector>

#include "feedback/correction_map.h"
#include "library/catalogue/database.h"

namespace sightline::feedback {

// Adds a correction and returns its version.
int64_t add_correction(library::Database& database, const CorrectionVersion& version,
                       const CorrectionMap& map);

// Newest first. Throws invalid_data.
std::vector<CorrectionVersion> read_versions(const library::Database& database);

// Throws not_found (no such version), invalid_data (sizes that disagree, NaN or infinity).
CorrectionMap read_map(const library::Database& database, int64_t version);

// The version that is active for a model; empty if there is none.
std::optional<int64_t> active_version(const library::Database& database,
                                      const std::string& fingerprint);

}  // namespace sightline::feedback
