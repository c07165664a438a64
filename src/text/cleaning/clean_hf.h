// Text cleaning of the hf profile.
#pragma once

#include <span>
#include <string>

namespace sightline {

// Normalizer steps of the hf profile, with their names in tokenizer.json.
enum class NormalizerStep {
  nfc,                  // NFC
  collapse_whitespace,  // Replace: each run of \s becomes one space
  lowercase,            // Lowercase
  strip,                // Strip
};

// The steps of CLIP's tokenizer.json.
inline constexpr NormalizerStep kHfSteps[] = {
    NormalizerStep::nfc, NormalizerStep::collapse_whitespace, NormalizerStep::lowercase};

// Applies the steps in the given order.
std::u32string clean_hf(std::u32string text, std::span<const NormalizerStep> steps);

}  // namespace sightline
