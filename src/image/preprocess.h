// Profiles of a stored preprocessing line.
#pragma once

#include <sightline/image.h>

#include <optional>
#include <string>
#include <string_view>

namespace sightline {

struct DescribedProfiles {
  OrientationProfile orientation = OrientationProfile::upright;
  DecodeProfile decode = DecodeProfile::exact;
  std::optional<PreprocessSpec::Resize> resize = {};  // absent: the line does not begin with it
};

// Reads the profiles back from a line that PreprocessSpec::describe returned. A line that does not
// name a profile has its default.
DescribedProfiles described_profiles(std::string_view description);

// Returns a stored line as describe() writes it now: older versions called the orientations
// "search" (upright) and "parity" (stored).
std::string current_description(std::string description);

}  // namespace sightline
