// Histograms and density curves of similarities.
#pragma once

#include <vector>

namespace sightline {

struct Curve {
  std::vector<double> x;
  std::vector<double> y;
};

// Gaussian kernel density estimate at `points` places over [low, high]. The kernel's width is
// Silverman's: 0.9 min(s, IQR / 1.34) n^(-1/5), at least (high - low) / 400. The area under the
// whole curve is 1. Empty where there is no finite value.
Curve density_curve(const std::vector<double>& values, double low, double high, int points);

// Densities (share per unit of x) over `bins` equal bins; x is each bin's middle. Values outside
// are left out but count in the share.
Curve histogram(const std::vector<double>& values, double low, double high, int bins);

struct Range {
  double low = 0;
  double high = 1;
};

// A range with some room that holds all finite values of all sets, at least 0.02 wide.
Range common_range(const std::vector<const std::vector<double>*>& sets);

// Bins over `range` that suit the narrowest of the sets (Scott's width, 3.49 s n^(-1/3)), 15 to 80.
int histogram_bins(const std::vector<const std::vector<double>*>& sets, const Range& range);

}  // namespace sightline
