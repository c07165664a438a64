// Average precision of the classes of a multi-label result, on all images or on resamples of them.
#pragma once

#include <sightline/classification.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

class AveragePrecisions {
 public:
  // Takes the classes of the images. Throws invalid_argument for a class out of range.
  explicit AveragePrecisions(const ClassificationResult& result);

  // Returns the average precision of each class by the orders of `model`, with image i
  // drawn[i] times; NaN for a class without an image that is drawn.
  std::vector<double> of(const ClassifiedModel& model, std::span<const int32_t> drawn) const;

  // The same with every image once.
  std::vector<double> of(const ClassifiedModel& model) const;

  // Returns the means without one image each, in time that is linear in the number of images. A
  // class whose only image is left out does not count; NaN if no class is left.
  std::vector<double> means_without_each(const ClassifiedModel& model) const;

 private:
  bool has(size_t image_class, int32_t image) const {
    return has_[image_class * images_ + static_cast<size_t>(image)] != 0;
  }
  // Adds the change of a class's average precision without each image to `changes`, and counts the
  // class in `lost` at its only image.
  void add_changes(size_t image_class, const std::vector<int32_t>& order,
                   std::vector<double>& changes, std::vector<int32_t>& lost) const;

  size_t images_ = 0;
  std::vector<uint8_t> has_;        // [class][image]
  std::vector<int32_t> positives_;  // per class: images that have it
};

// The mean of the values that are not NaN; NaN if all are.
double mean_of_defined(std::span<const double> values);

// The expected average precision of a random order of `images` images, of which `positives` have
// the class: (H + (positives - 1) / (images - 1) * (images - H)) / images, with the harmonic number
// H = 1 + 1/2 + … + 1/images. Linear in `positives`, so that the mean over classes is that of their
// mean number of positives.
double expected_average_precision(double positives, int64_t images);

}  // namespace sightline
