// Progress and cancellation of a search.
#pragma once

#include <sightline/search.h>

#include <string>

namespace sightline {

// Reports that a stage begins or goes on. Throws what options.progress throws.
inline void report_stage(const CollectionSearchOptions& options, const std::string& stage) {
  if (options.progress) options.progress({stage, 0, -1, "", ""});
}

}  // namespace sightline
