#include "image/preprocess.h"

// The public preprocessing functions, implemented with ImagePreprocessor.
#include <sightline/error.h>
#include <sightline/image.h>

#include <algorithm>
#include <array>
#include <locale>
#include <sstream>
#include <utility>

#include "image/image_preprocessor.h"
#include "image/normalization_table.h"
#include "image/pixels.h"
#include "image/resample.h"
#include "image/resize_geometry.h"

namespace sightline {

Image preprocess_pixels(const Raster& raster, const PreprocessSpec& spec) {
  image::ImagePreprocessor preprocessor(spec);
  Image out;
  out.pixels.resize(static_cast<size_t>(spec.max_elements()));
  const image::Size size = preprocessor.resize_and_crop(raster, out.pixels.data());
  out.width = size.width;
  out.height = size.height;
  out.pixels.resize(image::view(out).size());
  return out;
}

Image resize(const Image& image, int width, int height, ResizeFilter filter) {
  if (width <= 0 || height <= 0 || image.width <= 0 || image.height <= 0 ||
      image.pixels.size() != image::view(image).size()) {
    throw Error(ErrorCode::invalid_argument, "cannot resize an image of ", image.width, " x ",
                image.height, " pixels to ", width, " x ", height);
  }
  return {width, height,
          image::resample(image::view(image), width, height, filter, {0, 0, width, height})};
}

void normalize_pixels(const Image& image, const PreprocessSpec& spec, float* out) {
  const size_t count = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  if (image.pixels.size() != 3 * count) {
    throw Error(ErrorCode::invalid_argument, "an image's pixel buffer does not match its size of ",
                image.width, " x ", image.height);
  }
  image::NormalizationTable(spec).apply(image.pixels.data(), count, out);
}

namespace {

// Names of PreprocessSpec::Resize, in descriptions and in options.
constexpr std::array<std::string_view, 4> kResizeNames = {"shortest_edge", "squash", "longest_edge",
                                                          "patches"};
constexpr std::array<std::string_view, 4> kResizeOptions = {"shortest", "squash", "longest",
                                                            "patches"};

}  // namespace

std::string_view resize_name(PreprocessSpec::Resize resize) {
  return kResizeOptions.at(static_cast<size_t>(resize));
}

PreprocessSpec::Resize parse_resize(std::string_view name) {
  const auto found = std::ranges::find(kResizeOptions, name);
  if (found == kResizeOptions.end() || name == "patches") {
    throw Error(ErrorCode::invalid_argument, "'", name,
                "' is not a way of resizing; expected shortest, squash or longest");
  }
  return static_cast<PreprocessSpec::Resize>(found - kResizeOptions.begin());
}

void PreprocessSpec::resize_by(Resize other) {
  if (other == resize) return;
  if (other == Resize::patches) {
    throw Error(ErrorCode::invalid_argument,
                "the model takes images of one size, so that they cannot be resized to patches");
  }
  resize = other;
  resize_size = crop_size;
}

int64_t PreprocessSpec::max_elements() const {
  const int64_t pixels = variable_size() ? int64_t{max_patches} * patch_size * patch_size
                                         : int64_t{crop_size} * crop_size;
  return 3 * pixels;
}

std::string PreprocessSpec::describe() const {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(9);
  text << kResizeNames.at(static_cast<size_t>(resize)) << ' '
       << (variable_size() ? max_patches : resize_size) << ", "
       << (filter == ResizeFilter::bicubic ? "bicubic" : "bilinear");
  if (variable_size()) {
    text << ", patch " << patch_size;
  } else {
    text << ", crop " << crop_size
         << (crop_rounding == CropRounding::half_even ? " half_even" : " floor");
  }
  text << ", order " << (order == Order::openai ? "openai" : "huggingface") << ", orientation "
       << (orientation == OrientationProfile::stored ? "stored" : "upright") << ", mean " << mean[0]
       << ' ' << mean[1] << ' ' << mean[2] << ", std " << std[0] << ' ' << std[1] << ' ' << std[2];
  // Exact decoding is not named, so that lines stored before the option existed stay valid.
  if (decode == DecodeProfile::fast) text << ", decode fast";
  return text.str();
}

DescribedProfiles described_profiles(std::string_view description) {
  const auto names = [&](std::string_view part) {
    return description.find(part) != description.npos;
  };
  const bool stored = names("orientation stored") || names("orientation parity");
  const auto resize = std::ranges::find(kResizeNames, description.substr(0, description.find(' ')));
  DescribedProfiles profiles;
  if (stored) profiles.orientation = OrientationProfile::stored;
  if (names("decode fast")) profiles.decode = DecodeProfile::fast;
  if (resize != kResizeNames.end())
    profiles.resize = static_cast<PreprocessSpec::Resize>(resize - kResizeNames.begin());
  return profiles;
}

std::string current_description(std::string description) {
  for (const auto& [old, name] : {std::pair{"orientation parity", "orientation stored"},
                                  {"orientation search", "orientation upright"}}) {
    if (const size_t at = description.find(old); at != description.npos)
      description.replace(at, std::string_view(old).size(), name);
  }
  return description;
}

}  // namespace sightline
