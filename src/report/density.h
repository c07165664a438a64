// Histograms and kernel density estimates of similarities.
#pragma once

#include <vector>

namespace sightline {

struct Curve {
  std::vector<double> x;
  std::vector<double> y;
};

// Gaussian kernel density estimate at `points` equidistant points in [low, high]. The bandwidth
// follows Silverman: 0.9 min(s, IQR / 1.34) n^(-1/5), at least (high - low) / 400. The area under
// the complete curve is 1. Empty if there is no finite value.
Curve density_curve(const std::vector<double>& values, double low, double high, int points);

// Densities (share of values per unit of x) in `bins` equal bins; x is the center of each bin.
// Values outside [low, high] are not shown but count towards the total.
Curve histogram(const std::vector<double>& values, double low, double high, int bins);

struct Range {
  double low = 0;
  double high = 1;
};

// Returns a range that contains all finite values of all sets, with a margin, at least 0.01 wide.
// The margin does not exceed [-1, 1].
Range common_range(const std::vector<const std::vector<double>*>& sets);

// Number of bins over `range` for the smallest bin width of all sets by Scott's rule
// (3.49 s n^(-1/3)), clamped to 15..80.
int histogram_bins(const std::vector<const std::vector<double>*>& sets, const Range& range);

}  // namespace sightline
