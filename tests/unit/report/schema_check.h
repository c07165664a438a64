// A checker for the part of JSON Schema that docs/formats/results.schema.json uses. A keyword that
// it does not know is a finding too, so that nothing passes unchecked.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sightline {

// What is wrong with `value`, one sentence each. `strict`: members of an object that its schema
// does not name are wrong as well, so that a new member must be documented.
std::vector<std::string> schema_findings(const nlohmann::json& value, const nlohmann::json& schema,
                                         bool strict);

}  // namespace sightline
