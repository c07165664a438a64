// How a figure is written for people, in the page and on the terminal.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

struct MetricFormat {
  const char* label;  // "R@1 %"
  int decimals;
  double scale;  // 100 for per cent
  bool more_is_better;
};

MetricFormat metric_format(Metric metric);
std::string metric_text(Metric metric, double value);
// "40.79–47.30"; a figure of whole numbers has whole bounds. Empty without an interval.
std::string interval_text(Metric metric, const std::optional<Interval>& interval);
// "+4.44", in the metric's scale; and "[+1.20, +7.68]".
std::string difference_text(Metric metric, double value);
std::string difference_interval_text(Metric metric, const std::optional<Interval>& interval);
// "0.0312", "<0.0001".
std::string p_text(double p);

// Whether some caption stands on several rows, so that the two definitions of right differ.
bool captions_repeat(const ExperimentResult& result);

}  // namespace sightline
