// Models with an adapter: "MODEL+ADAPTER" (docs/formats/adapter.md).
#pragma once

#include "base/adapter_spec.h"
#include "models/model_source.h"

namespace sightline {

// Opens the model, whose weights get the adapter's additions while they are read. A difference
// between the model and the one that the adapter names as its base is a warning. Throws what
// opening the model throws; not_found (no such directory, or no adapter in it), invalid_argument
// (the model is a pair), and what LowRankAdapter throws.
ModelSource open_adapted_model(const AdapterSpec& spec);

}  // namespace sightline
