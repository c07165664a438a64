// Parses the settings of models.
#pragma once

#include <sightline/model.h>

#include <optional>
#include <string>

namespace sightline::python {

// Throws invalid_argument for a name that does not exist. precision "auto": empty. No resize: as
// the model was published.
ModelOptions model_options(const std::string& precision, const std::string& backend,
                           const std::string& device, const std::string& orientation,
                           const std::string& decode, const std::optional<std::string>& resize);

std::optional<Precision> optional_precision(const std::string& name);

}  // namespace sightline::python
