// The space of configurations: points of the unit cube to values and back.
#pragma once

#include <sightline/tune.h>

#include <span>
#include <string>
#include <vector>

#include "base/json.h"

namespace sightline {

// Sorts the parameters such that those named by `when` come first, and otherwise by name. Throws
// invalid_data for an unknown name, a value that the named parameter cannot have, and a cycle.
void order_by_conditions(std::vector<TuningParameter>& parameters, const std::string& where);

// The value at coordinate u, 0 <= u < 1, of the parameter's range.
nlohmann::json value_at(const TuningParameter& parameter, double u);

// The coordinate of a value: the middle of the interval that value_at maps to it, clipped to 0..1.
// Of a value that is no choice, 0.
double coordinate_of(const TuningParameter& parameter, const nlohmann::json& value);

// The configuration at a point: the defaults, with the values of the parameters that vary there.
nlohmann::json configuration_at(const TuningPlan& plan, std::span<const double> point);

// Per parameter, the coordinate of the configuration's value; of an absent value, 0.
std::vector<double> coordinates_of(const TuningPlan& plan, const nlohmann::json& configuration);

}  // namespace sightline
