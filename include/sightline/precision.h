// The choice of a precision by measuring how much it changes a model's vectors.
#pragma once

#include <sightline/encoder.h>
#include <sightline/model.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// The smallest cosine to fp32 that choose_precision accepts.
inline constexpr double kLeastCosine = 0.999;
// Images and texts that are enough to choose by; callers pass the first of their data.
inline constexpr int kCalibrationItems = 32;

struct PrecisionTrial {
  Precision precision = Precision::fp32;
  double cosine = 1;  // the smallest to fp32, over all images and texts
  bool accepted = false;
};

struct PrecisionChoice {
  Precision precision = Precision::fp32;
  std::vector<PrecisionTrial> trials;  // fastest first, up to the one that was accepted
  int64_t images = 0, texts = 0;       // that were compared
  Backend backend = Backend::cpu;      // that computes

  // "int8: smallest cosine to fp32 0.99973 over 32 images and 32 texts", or why there was no
  // choice.
  std::string text() const;
};

// The precisions that this processor computes faster than fp32, fastest first. Empty for a backend
// or processor that has none.
std::vector<Precision> fast_precisions(Backend backend);

// The fastest precision whose vectors have a cosine of at least kLeastCosine to those of fp32, for
// each of these images and texts. Ignores options.precision and images that cannot be decoded; fp32
// where no input is left. Throws what Model::load throws. load_model (encode.h) also keeps the
// chosen model.
PrecisionChoice choose_precision(const std::filesystem::path& model, const ModelOptions& options,
                                 std::span<const ImageInput> images,
                                 std::span<const std::string> texts);

}  // namespace sightline
