// Statistics of the choice: the gain of the winner on report data, and the selection estimate
// corrected for the number of trials.
#pragma once

#include <sightline/tune.h>

#include <span>
#include <vector>

namespace sightline {

// Gains of one trial, one element per cluster, as in TrialScores.
struct ClusterGains {
  std::vector<double> gains, queries;
};

// Sum of gains / sum of queries.
double mean_gain(const ClusterGains& scores);

// Fills the report_… members of `result` from the gains of the default and the winner on the same
// clusters: BCa intervals of both, of their paired difference, and a sign-flip test. If
// `same` is true, the trials are one, and the difference is 0 without a test. Throws
// invalid_argument if the clusters differ.
void compare_on_report(const ClusterGains& defaults, const ClusterGains& winner, bool same,
                       const StatisticsOptions& statistics, TuningResult& result);

// The expected quality, on new data, of the trial that is chosen by the largest gain - penalty
// among `trials`: for each bootstrap sample of clusters, the trial that is best on it is evaluated
// on the clusters that were not drawn; returns the mean over the samples.
// Source: Tsamardinos, Greasidou, Borboudakis, Bootstrapping the out-of-sample predictions for
// efficient and accurate cross-validation, Machine Learning 107 (2018), BBC-CV.
double corrected_for_choice(std::span<const ClusterGains> trials, std::span<const double> penalties,
                            int resamples, uint64_t seed);

}  // namespace sightline
