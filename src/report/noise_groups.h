// Kinds of noise with the same figures, which reports show once.
#pragma once

#include <sightline/experiment.h>

#include <string>
#include <vector>

namespace sightline {

struct NoiseGroup {
  std::vector<NoiseKind> kinds;  // equal metrics and intervals at every strength, for every model
  bool unchanged = false;        // and equal to those of the clean captions
};

// The points of one kind, in the order of NoiseOptions::strengths.
std::vector<const NoisePoint*> points_of(const Robustness& robustness, NoiseKind kind);

// Groups the kinds of `result.noise`, in their order; a group is at the place of its first kind.
// Empty without noise.
std::vector<NoiseGroup> noise_groups(const ExperimentResult& result);

// The groups that need a figure or table of their own: those that change something, or the first
// one if none does.
std::vector<NoiseGroup> shown_noise_groups(const ExperimentResult& result);

// One sentence for each group that is unchanged or has several kinds: "UPPER CASE and Title Case
// change nothing: all figures equal those of the clean captions." Empty if there is none.
std::string noise_groups_text(const ExperimentResult& result);

// A title that shows the noise: "typos", "UPPER CASE", "rAnDoM cASe".
std::string noise_title(NoiseKind kind);

// The titles of all kinds of a group: "a, b and c".
std::string noise_titles(const NoiseGroup& group);

}  // namespace sightline
