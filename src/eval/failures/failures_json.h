// The failure report as JSON, with the indices of rows and texts: what measurements.json stores.
// results.json has the same members, with ids and captions in addition.
#pragma once

#include <sightline/failures.h>

#include "base/json.h"

namespace sightline {

Json changed_metric_json(const ChangedMetric& metric);
Json changed_retrieval_json(const ChangedRetrieval& metrics);
Json hubness_json(const std::optional<Hubness>& hubness);  // null without hubs
Json correction_effects_json(const std::vector<CorrectionEffect>& effects);
Json typographic_json(const std::optional<TypographicResult>& result);  // null without one
Json failure_options_json(const FailureOptions& options);
Json query_bank_json(const std::optional<QueryBank>& bank);  // null without one

// Read what the functions above wrote. Throw nlohmann::json::exception for other members;
// invalid_data for an index that is not below the given size.
FailureOptions read_failure_options(const nlohmann::json& value);
std::optional<QueryBank> read_query_bank(const nlohmann::json& value);
FailureReport read_failures(const nlohmann::json& value, size_t rows, size_t texts);
Json failures_json(const FailureReport& report);  // without groups, which ranks determine

}  // namespace sightline
