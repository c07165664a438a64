// Validates JSON against the subset of JSON Schema that the schemas in docs/formats/ use. An
// unknown keyword is a finding, so that no rule is silently ignored.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sightline {

// Returns the violations in `value`, one sentence each. `strict`: members that the schema does not
// name are violations too, so that every new member must be documented.
std::vector<std::string> schema_findings(const nlohmann::json& value, const nlohmann::json& schema,
                                         bool strict);

}  // namespace sightline
