// Profiles of a stored preprocessing line.
#pragma once

#include <sightline/image.h>

#include <string_view>

namespace sightline {

struct DescribedProfiles {
  OrientationProfile orientation = OrientationProfile::parity;
  DecodeProfile decode = DecodeProfile::exact;
};

// Reads the profiles back from a line that PreprocessSpec::describe returned. A line that does not
// name a profile has its default.
DescribedProfiles described_profiles(std::string_view description);

}  // namespace sightline
