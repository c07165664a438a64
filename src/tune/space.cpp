#include "tune/space.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.h"
#include "tune/sobol.h"

namespace sightline {
namespace {

using nlohmann::json;

// Rounds to four significant digits, so that configurations can be read and typed.
double rounded(double value) {
  if (value == 0) return 0;
  const double scale = std::pow(10, 3 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

// The ends of an integer range as those of an interval, of which each integer has an equal part.
double upper_end(const TuningParameter& p) {
  return p.type == ParameterType::integer ? p.most + 1 : p.most;
}

const TuningParameter& parameter_of(const std::vector<TuningParameter>& parameters,
                                    const TuningParameter& of, const std::string& where) {
  const auto found = std::ranges::find(parameters, of.when, &TuningParameter::name);
  if (found == parameters.end()) {
    throw Error(ErrorCode::invalid_data, where, " vary '", of.name, "': 'when' names '", of.when,
                "', which does not vary");
  }
  return *found;
}

void check_condition(const std::vector<TuningParameter>& parameters, const TuningParameter& p,
                     const std::string& where) {
  if (p.when.empty()) return;
  const TuningParameter& parent = parameter_of(parameters, p, where);
  if (parent.type != ParameterType::choice) {
    throw Error(ErrorCode::invalid_data, where, " vary '", p.name, "': 'when' names '", p.when,
                "', which is a range; expected a parameter with choices");
  }
  for (const std::string& value : p.when_values) {
    if (std::ranges::find(parent.choices, value) != parent.choices.end()) continue;
    throw Error(ErrorCode::invalid_data, where, " vary '", p.name, "': 'when' expects '", p.when,
                "' to be ", value, ", which is none of its choices");
  }
}

// Coordinates of a trial from its own random numbers.
std::vector<double> random_point(const TuningPlan& plan, uint64_t index) {
  constexpr uint64_t kUse = 0x72616e646f6d;
  Random random({plan.seed, kUse, index});
  std::vector<double> point(plan.parameters.size());
  for (double& u : point) u = random.uniform();
  return point;
}

std::vector<uint32_t> digital_shift(const TuningPlan& plan) {
  constexpr uint64_t kUse = 0x7368696674;
  Random random({plan.seed, kUse});
  std::vector<uint32_t> shift(plan.parameters.size());
  for (uint32_t& bits : shift) bits = static_cast<uint32_t>(random.next() >> 32);
  return shift;
}

}  // namespace

void order_by_conditions(std::vector<TuningParameter>& parameters, const std::string& where) {
  for (const TuningParameter& p : parameters) check_condition(parameters, p, where);
  std::vector<TuningParameter> sorted;
  const auto placed = [&](const std::string& name) {
    return std::ranges::find(sorted, name, &TuningParameter::name) != sorted.end();
  };
  while (sorted.size() < parameters.size()) {
    const auto next = std::ranges::find_if(parameters, [&](const TuningParameter& p) {
      return !placed(p.name) && (p.when.empty() || placed(p.when));
    });
    if (next == parameters.end()) {
      throw Error(ErrorCode::invalid_data, where,
                  " vary: the conditions of parameters form a cycle");
    }
    sorted.push_back(*next);
  }
  parameters = std::move(sorted);
}

json value_at(const TuningParameter& p, double u) {
  if (p.type == ParameterType::choice) {
    const auto n = static_cast<double>(p.choices.size());
    const auto i = static_cast<size_t>(std::clamp(std::floor(u * n), 0.0, n - 1));
    return json::parse(p.choices[i]);
  }
  const double low = p.least, high = upper_end(p);
  const double x = p.logarithmic ? std::exp(std::log(low) + u * (std::log(high) - std::log(low)))
                                 : low + u * (high - low);
  if (p.type == ParameterType::integer)
    return static_cast<int64_t>(std::clamp(std::floor(x), p.least, p.most));
  return std::clamp(rounded(x), p.least, p.most);
}

double coordinate_of(const TuningParameter& p, const json& value) {
  if (p.type == ParameterType::choice) {
    const auto found = std::ranges::find(p.choices, value.dump());
    if (found == p.choices.end()) return 0;
    return (static_cast<double>(found - p.choices.begin()) + 0.5) /
           static_cast<double>(p.choices.size());
  }
  if (!value.is_number()) return 0;
  const double low = p.least, high = upper_end(p);
  double x = value.get<double>() + (p.type == ParameterType::integer ? 0.5 : 0);
  x = std::clamp(x, low, high);
  return p.logarithmic ? std::log(x / low) / std::log(high / low) : (x - low) / (high - low);
}

json configuration_at(const TuningPlan& plan, std::span<const double> point) {
  json out = json::parse(plan.defaults);
  std::set<std::string> varies;
  for (size_t i = 0; i < plan.parameters.size(); ++i) {
    const TuningParameter& p = plan.parameters[i];
    if (!p.when.empty()) {
      const bool active =
          varies.contains(p.when) && std::ranges::count(p.when_values, out[p.when].dump()) > 0;
      if (!active) continue;
    }
    out[p.name] = value_at(p, point[i]);
    varies.insert(p.name);
  }
  return out;
}

std::vector<double> coordinates_of(const TuningPlan& plan, const json& configuration) {
  std::vector<double> out;
  for (const TuningParameter& p : plan.parameters) {
    const auto found = configuration.find(p.name);
    out.push_back(found == configuration.end() ? 0 : coordinate_of(p, *found));
  }
  return out;
}

std::vector<Trial> propose_trials(const TuningPlan& plan) {
  std::vector<Trial> trials;
  std::set<std::string> known;
  const auto add = [&](const json& configuration, TrialOrigin origin) {
    if (!known.insert(configuration.dump()).second) return;
    Trial& trial = trials.emplace_back();
    trial.number = static_cast<int64_t>(trials.size()) - 1;
    trial.origin = origin;
    trial.configuration = configuration.dump();
    trial.coordinates = coordinates_of(plan, configuration);
  };
  add(json::parse(plan.defaults), TrialOrigin::defaults);
  const size_t sobol = 1 + static_cast<size_t>(std::lround(plan.trials * plan.sobol_share));
  const size_t all = 1 + static_cast<size_t>(plan.trials);
  const std::vector<uint32_t> shift = digital_shift(plan);
  const auto dimensions = static_cast<int>(plan.parameters.size());
  // A small space may have fewer configurations than trials.
  const auto most = static_cast<uint32_t>(plan.trials * 20 + 100);
  for (uint32_t i = 0; i < most && trials.size() < sobol; ++i)
    add(configuration_at(plan, sobol_point(i, dimensions, shift)), TrialOrigin::sobol);
  for (uint32_t i = 0; i < most && trials.size() < all; ++i)
    add(configuration_at(plan, random_point(plan, i)), TrialOrigin::random);
  return trials;
}

std::string_view trial_origin_name(TrialOrigin origin) {
  switch (origin) {
    case TrialOrigin::defaults:
      return "default";
    case TrialOrigin::sobol:
      return "sobol";
    case TrialOrigin::random:
      return "random";
  }
  return "";
}

}  // namespace sightline
