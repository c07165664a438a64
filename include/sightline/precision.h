// Chooses a precision by measuring how much it changes a model's vectors.
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
// Number of images, and of texts, on which to choose; callers pass the first of their data.
inline constexpr int kCalibrationItems = 32;

struct PrecisionTrial {
  Precision precision = Precision::fp32;
  double cosine = 1;  // smallest cosine to fp32 over all images and texts
  bool accepted = false;
};

struct PrecisionChoice {
  Precision precision = Precision::fp32;
  std::vector<PrecisionTrial> trials;  // fastest first, up to the accepted one
  int64_t images = 0, texts = 0;       // number of compared inputs
  Backend backend = Backend::cpu;      // on which they were compared

  // Returns "int8: smallest cosine to fp32 0.99973 over 32 images and 32 texts", or the reason why
  // nothing could be chosen.
  std::string text() const;
};

// Returns the precisions that are faster than fp32 on this backend and processor, fastest first;
// may be empty.
std::vector<Precision> fast_precisions(Backend backend);

// Returns the fastest precision whose vectors of all these images and texts have a cosine of at
// least kLeastCosine to those of fp32, or fp32 if no input can be used. Ignores options.precision,
// and images that cannot be decoded. Throws what Model::load throws. load_model (encode.h) chooses
// in the same way and returns the loaded model.
PrecisionChoice choose_precision(const std::filesystem::path& model, const ModelOptions& options,
                                 std::span<const ImageInput> images,
                                 std::span<const std::string> texts);

}  // namespace sightline
