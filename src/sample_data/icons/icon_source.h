// Author and licence of icons, in the rows and manifests of data sets.
#pragma once

#include <string>

#include "base/json.h"
#include "sample_data/icons/icon_set.h"

namespace sightline {

// Returns the columns creator, licence and source of an icon's row.
Json source_columns(const IconSet& set, const std::string& icon);

// Returns the package's name, version, author and licence for a manifest.
Json package_json(const IconSet& set);

}  // namespace sightline
