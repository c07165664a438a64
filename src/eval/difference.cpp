#include "eval/difference.h"

#include "eval/intervals.h"

namespace sightline {

Interval interval_of_difference(const ResampledMean& a, const ResampledMean& b, double difference,
                                double confidence) {
  std::vector<double> values = a.draws;
  for (size_t i = 0; i < values.size(); ++i) values[i] -= b.draws[i];
  std::vector<double> jackknife_a = jackknife(a.ratio);
  const std::vector<double> jackknife_b = jackknife(b.ratio);
  for (size_t c = 0; c < jackknife_a.size(); ++c) jackknife_a[c] -= jackknife_b[c];
  return bca_interval(difference, values, jackknife_a, confidence);
}

}  // namespace sightline
