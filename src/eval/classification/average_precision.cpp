#include "eval/classification/average_precision.h"

#include <sightline/error.h>

#include <cmath>
#include <limits>

namespace sightline {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

AveragePrecisions::AveragePrecisions(const ClassificationResult& result)
    : images_(result.images.size()),
      has_(result.classes.size() * result.images.size()),
      positives_(result.classes.size()) {
  for (size_t i = 0; i < images_; ++i) {
    for (const int64_t c : result.images[i].classes) {
      if (c < 0 || c >= static_cast<int64_t>(result.classes.size()))
        throw Error(ErrorCode::invalid_argument, "image ", i, " has the class ", c, " of ",
                    result.classes.size());
      uint8_t& has = has_[static_cast<size_t>(c) * images_ + i];
      positives_[static_cast<size_t>(c)] += has == 0;
      has = 1;
    }
  }
}

std::vector<double> AveragePrecisions::of(const ClassifiedModel& model,
                                          std::span<const int32_t> drawn) const {
  std::vector<double> out;
  for (size_t c = 0; c < positives_.size(); ++c) {
    double sum = 0, found = 0, seen = 0;
    int32_t left = positives_[c];
    for (const int32_t image : model.orders[c]) {
      if (left == 0) break;
      const int32_t times = drawn[static_cast<size_t>(image)];
      if (!has(c, image)) {
        seen += times;
        continue;
      }
      --left;
      for (int32_t t = 0; t < times; ++t) sum += ++found / ++seen;
    }
    out.push_back(found > 0 ? sum / found : kNan);
  }
  return out;
}

std::vector<double> AveragePrecisions::of(const ClassifiedModel& model) const {
  return of(model, std::vector<int32_t>(images_, 1));
}

// Walks from the last image to the first one. Without an image at a position, the image of the
// class that is the k-th of its kind, at position n behind it, has the precision k / (n - 1), or
// (k - 1) / (n - 1) if the missing image has the class.
void AveragePrecisions::add_changes(size_t image_class, const std::vector<int32_t>& order,
                                    std::vector<double>& changes,
                                    std::vector<int32_t>& lost) const {
  const int32_t all = positives_[image_class];
  if (all == 0) return;
  double sum = 0;
  int32_t k = 0;
  for (size_t at = 0; at < images_; ++at)
    if (has(image_class, order[at])) sum += ++k / static_cast<double>(at + 1);
  const double value = sum / all;
  double behind = 0, without_other = 0, without_own = 0;  // sums of precisions
  for (size_t at = images_; at-- > 0;) {
    const int32_t image = order[at];
    const double n = static_cast<double>(at + 1);
    double& change = changes[static_cast<size_t>(image)];
    if (!has(image_class, image)) {
      change += (without_other - behind) / all;
      continue;
    }
    if (all == 1) {
      change -= value;
      ++lost[static_cast<size_t>(image)];
    } else {
      change += (sum - k / n - behind + without_own) / (all - 1) - value;
    }
    behind += k / n;
    if (at > 0) {
      without_other += k / (n - 1);
      without_own += (k - 1) / (n - 1);
    }
    --k;
  }
}

std::vector<double> AveragePrecisions::means_without_each(const ClassifiedModel& model) const {
  std::vector<double> changes(images_);
  std::vector<int32_t> lost(images_);
  double total = 0, classes = 0;
  for (const double value : of(model)) {
    if (std::isnan(value)) continue;
    total += value;
    ++classes;
  }
  for (size_t c = 0; c < positives_.size(); ++c) add_changes(c, model.orders[c], changes, lost);
  for (size_t i = 0; i < images_; ++i) {
    const double left = classes - lost[i];
    changes[i] = left > 0 ? (total + changes[i]) / left : kNan;
  }
  return changes;
}

double mean_of_defined(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / count : kNan;
}

double expected_average_precision(double positives, int64_t images) {
  double harmonic = 0;
  for (int64_t k = images; k > 0; --k) harmonic += 1 / static_cast<double>(k);
  const auto n = static_cast<double>(images);
  const double others = images > 1 ? (positives - 1) / (n - 1) : 0;
  return (harmonic + others * (n - harmonic)) / n;
}

}  // namespace sightline
