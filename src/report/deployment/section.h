// The section of the page about deployment.
#pragma once

#include <sightline/deployment.h>

#include <optional>
#include <string>
#include <vector>

#include "report/deployment/quality.h"

namespace sightline {

// The HTML of the section: the machine, the table, and `figure`, which may be empty.
std::string deployment_section(const std::optional<Deployment>& deployment,
                               const std::vector<QualityColumn>& quality,
                               const std::string& figure);

}  // namespace sightline
