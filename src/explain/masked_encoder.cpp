#include "explain/masked_encoder.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sightline {
namespace {

// Means over windows of 2 * radius + 1 elements, `stride` apart. Beyond its ends, the line repeats
// its first and last element.
void blur_line(float* line, int count, int stride, int radius, std::vector<float>& copy) {
  copy.resize(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i)
    copy[static_cast<size_t>(i)] = line[static_cast<ptrdiff_t>(i) * stride];
  const auto at = [&](int i) {
    return static_cast<double>(copy[static_cast<size_t>(std::clamp(i, 0, count - 1))]);
  };
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += at(i);
  for (int i = 0; i < count; ++i) {
    line[static_cast<ptrdiff_t>(i) * stride] = static_cast<float>(sum / (2 * radius + 1));
    sum += at(i + radius + 1) - at(i - radius);
  }
}

// Three box blurs, close to a Gaussian with a standard deviation of an eighth of the side.
void blur(std::vector<float>& pixels, int side) {
  const int radius = std::max(1, side / 8);
  const auto plane = static_cast<size_t>(side) * static_cast<size_t>(side);
  std::vector<float> copy;
  for (int pass = 0; pass < 3; ++pass) {
    for (size_t c = 0; c < 3; ++c) {
      float* channel = pixels.data() + c * plane;
      for (int i = 0; i < side; ++i) {
        blur_line(channel + static_cast<ptrdiff_t>(i) * side, side, 1, radius, copy);
        blur_line(channel + i, side, side, radius, copy);
      }
    }
  }
}

std::vector<float> fill_of(std::span<const float> pixels, int side, MaskFill fill) {
  std::vector<float> out(pixels.begin(), pixels.end());
  if (fill == MaskFill::blur) {
    blur(out, side);
    return out;
  }
  const auto plane = static_cast<ptrdiff_t>(side) * side;
  for (auto channel = out.begin(); channel != out.end(); channel += plane) {
    const double sum = std::accumulate(channel, channel + plane, 0.0);
    std::fill_n(channel, plane, static_cast<float>(sum / static_cast<double>(plane)));
  }
  return out;
}

}  // namespace

double checked_cosine(std::span<const float> a, std::span<const float> b, const char* what) {
  double product = 0, length_a = 0, length_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    product += x * y;
    length_a += x * x;
    length_b += y * y;
  }
  const double cosine = product / std::sqrt(length_a * length_b);
  if (!std::isfinite(cosine)) {
    throw Error(ErrorCode::invalid_data, "the similarity of ", what,
                " is not a number: a vector has NaN, infinity or only zeros");
  }
  return cosine;
}

MaskedEncoder::MaskedEncoder(const Model& model, std::span<const float> pixels,
                             std::span<const float> target, const ExplainOptions& options)
    : model_(model),
      pixels_(pixels),
      target_(target),
      side_(model.preprocess().crop_size),
      batch_size_(options.batch_size),
      progress_(options.progress) {
  const auto side = static_cast<size_t>(side_);
  if (pixels.size() != 3 * side * side ||
      target.size() != static_cast<size_t>(model.info().embedding_dim)) {
    throw Error(ErrorCode::invalid_argument, "an explanation needs 3 x ", side, " x ", side,
                " pixels and a vector of ", model.info().embedding_dim, " elements, found ",
                pixels.size(), " and ", target.size());
  }
  fill_ = fill_of(pixels, side_, options.fill);
}

double MaskedEncoder::similarity() const {
  const Matrix vector = model_.encode_pixels(pixels_, 1);
  return checked_cosine(vector.row(0), target_, "the image");
}

std::vector<double> MaskedEncoder::similarities(
    int64_t count, const std::function<void(int64_t, std::span<float>)>& draw,
    const std::function<void(int64_t, std::span<const float>)>& seen) const {
  const size_t plane = pixels_.size() / 3;
  std::vector<float> kept(plane), batch;
  std::vector<double> out;
  for (int64_t begin = 0; begin < count; begin += batch_size_) {
    const int64_t size = std::min(batch_size_, count - begin);
    batch.resize(static_cast<size_t>(size) * pixels_.size());
    for (int64_t b = 0; b < size; ++b) {
      draw(begin + b, kept);
      if (seen) seen(begin + b, kept);
      float* to = batch.data() + static_cast<size_t>(b) * pixels_.size();
      for (size_t i = 0; i < pixels_.size(); ++i)
        to[i] = fill_[i] + kept[i % plane] * (pixels_[i] - fill_[i]);
    }
    const Matrix vectors = model_.encode_pixels(batch, size);
    for (int64_t b = 0; b < size; ++b)
      out.push_back(checked_cosine(vectors.row(b), target_, "the masked image"));
    if (progress_) progress_({"encoding masked images", begin + size, count, "", ""});
  }
  return out;
}

}  // namespace sightline
