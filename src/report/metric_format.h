// Formats metrics for the HTML page and the terminal.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <vector>

namespace sightline {

struct MetricFormat {
  const char* label;  // "R@1 %"
  int decimals;
  double scale;  // 100 for percent
  bool more_is_better;
};

MetricFormat metric_format(Metric metric);
std::string metric_text(Metric metric, double value);
// "40.79–47.30", with the decimals of the metric. Empty without an interval.
std::string interval_text(Metric metric, const std::optional<Interval>& interval);
// A difference with sign, in the scale of the metric: "+4.44", and its interval "[+1.20, +7.68]".
// Values that round to zero have no sign: "0.00".
std::string difference_text(Metric metric, double value);
std::string difference_interval_text(Metric metric, const std::optional<Interval>& interval);
// "0.0312" or "<0.0001".
std::string p_text(double p);

// The best of tested models as a clause, as best_models_text.
std::string best_text(const std::vector<std::string>& labels, const std::vector<int>& best);

// best_models() as a clause: "a is significantly better than every other model"; "a and b are not
// distinguished; every other model is significantly worse than the best"; "no model is
// significantly worse than the best". Empty for one model, and if the metric was not tested.
std::string best_models_text(const ExperimentResult& result, View view, Metric metric);

const char* example_name(ExampleKind kind);  // "best", "median", "worst"

// Whether the two definitions of relevant differ, because a caption belongs to several rows.
bool captions_repeat(const ExperimentResult& result);

}  // namespace sightline
