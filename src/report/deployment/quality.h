// The quality of models in reports about deployment.
#pragma once

#include <sightline/overview.h>

#include <optional>
#include <string>
#include <vector>

namespace sightline {

// The quality of the models on a data set: R@1 (text -> image, strict), acc1 or mAP.
struct QualityColumn {
  std::string dataset;  // its name; empty if the report has one data set
  std::string metric;   // "R@1"
  std::vector<double> shares;
  std::vector<std::optional<Interval>> intervals;
};
QualityColumn quality_of(const ExperimentResult& result, const std::string& dataset = {});
QualityColumn quality_of(const ClassificationResult& result, const std::string& dataset = {});
std::vector<QualityColumn> quality_of(const Overview& overview);

}  // namespace sightline
