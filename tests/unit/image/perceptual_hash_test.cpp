#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image_properties.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "base/random.h"
#include "image/exif.h"
#include "image/pixels.h"
#include "image/write_jpeg.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

// Random waves of low frequencies.
Image scene(uint64_t seed, int width, int height) {
  Random random({seed});
  double wave[6][3];
  for (auto& one : wave) {
    for (double& value : one) value = random.uniform();
  }
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = static_cast<double>(x) / width, v = static_cast<double>(y) / height;
      double sum = 0;
      for (const auto& [a, b, phase] : wave) {
        sum += std::sin(2 * std::numbers::pi * (6 * a * u + 6 * (b - 0.5) * v + phase));
      }
      for (int channel = 0; channel < 3; ++channel) {
        image.pixels.push_back(static_cast<uint8_t>(127 + 18 * sum + 5 * channel));
      }
    }
  }
  return image;
}

Raster raster_of(const Image& image) {
  Raster raster;
  raster.width = image.width;
  raster.height = image.height;
  raster.pixels = image.pixels;
  return raster;
}

uint64_t hash_of(const Image& image) {
  return perceptual_hash(raster_of(image));
}

Image recompressed(const Image& image, int quality) {
  const std::string jpeg = encode_jpeg(image, quality, ChromaSubsampling::yuv420);
  return decode_image({reinterpret_cast<const uint8_t*>(jpeg.data()), jpeg.size()}, "copy.jpg");
}

Image scaled(const Image& image, double factor) {
  const auto size = [&](int side) { return std::max(1, static_cast<int>(side * factor)); };
  return resize(image, size(image.width), size(image.height), ResizeFilter::bicubic);
}

Image with_values(Image image, double gain, double offset) {
  for (uint8_t& value : image.pixels) {
    value = static_cast<uint8_t>(std::clamp(std::lround(value * gain + offset), 0L, 255L));
  }
  return image;
}

struct Change {
  const char* name;
  std::function<Image(const Image&)> apply;
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all = {
      {"quality 50", [](const Image& image) { return recompressed(image, 50); }},
      {"quality 20", [](const Image& image) { return recompressed(image, 20); }},
      {"half", [](const Image& image) { return recompressed(scaled(image, 0.5), 85); }},
      {"a quarter", [](const Image& image) { return recompressed(scaled(image, 0.25), 85); }},
      {"wider", [](const Image& image) { return resize(image, 400, 200, ResizeFilter::bilinear); }},
      {"brighter", [](const Image& image) { return with_values(image, 1, 40); }},
      {"darker", [](const Image& image) { return with_values(image, 0.6, 0); }},
      {"more contrast", [](const Image& image) { return with_values(image, 1.4, -51); }},
  };
  return all;
}

// Measured on 60 photos of COCO: copies differ by at most 8 bits (mean 1.3), different photos by at
// least 18 (1 % by 22 or fewer; mean 31.9).
constexpr int kMaxCopy = 10;
constexpr int kMinDifferent = 14;

void expect_separated(const std::vector<Image>& images) {
  std::vector<uint64_t> hashes;
  for (const Image& image : images) {
    hashes.push_back(hash_of(image));
    for (const auto& [name, apply] : changes()) {
      EXPECT_LE(hamming_distance(hashes.back(), hash_of(apply(image))), kMaxCopy) << name;
    }
    for (size_t other = 0; other + 1 < hashes.size(); ++other) {
      EXPECT_GE(hamming_distance(hashes[other], hashes.back()), kMinDifferent) << other;
    }
  }
}

TEST(PerceptualHash, SeparatesCopiesFromOtherPhotos) {
  const auto folder = std::filesystem::path(SIGHTLINE_SHARED_DIR) / "data/coco60/images";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no photos in " << folder;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  std::ranges::sort(files);
  std::vector<Image> images;
  for (const auto& file : files) {
    if (file.extension() != ".jpg") continue;
    images.push_back(decode_image(read_file(file, 1 << 24), file.string()));
  }
  EXPECT_GE(images.size(), 50u);
  expect_separated(images);
}

TEST(PerceptualHash, SeparatesCopiesFromOtherScenes) {
  std::vector<Image> images;
  for (uint64_t seed = 1; seed <= 12; ++seed) images.push_back(scene(seed, 320, 240));
  expect_separated(images);
}

TEST(PerceptualHash, AppliesTheOrientation) {
  // Of these sizes, the samples are the centres of equal areas, so that turning them is exact.
  Raster raster = raster_of(scene(3, 384, 640));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    raster.orientation = orientation;
    Raster upright = raster;
    image::apply_orientation(upright);
    EXPECT_EQ(perceptual_hash(raster), perceptual_hash(upright)) << orientation;
    if (orientation > 1) {
      raster.orientation = 1;
      EXPECT_GE(hamming_distance(perceptual_hash(raster), perceptual_hash(upright)), 10);
    }
  }
}

TEST(PerceptualHash, IsTheSameInOtherModes) {
  const Image grey = [] {
    Image image = scene(5, 200, 100);
    for (size_t i = 0; i < image.pixels.size(); i += 3) {
      image.pixels[i + 1] = image.pixels[i + 2] = image.pixels[i];
    }
    return image;
  }();
  const uint64_t expected = hash_of(grey);
  for (const auto mode : {PixelMode::l, PixelMode::la, PixelMode::rgba, PixelMode::i16,
                          PixelMode::palette, PixelMode::pa}) {
    Raster raster = image::make_raster(mode, grey.width, grey.height);
    const auto bytes = static_cast<size_t>(image::bytes_per_pixel(mode));
    for (size_t i = 0; i < raster.pixels.size(); ++i) {
      const uint8_t value = grey.pixels[i / bytes * 3];
      const size_t last = bytes - 1;
      const bool is_alpha =
          (mode == PixelMode::la || mode == PixelMode::rgba || mode == PixelMode::pa) &&
          i % bytes == last;
      raster.pixels[i] = is_alpha ? 255 : value;
    }
    for (size_t i = 0; i < raster.palette.size(); ++i) {
      raster.palette[i] = i % 4 == 3 ? 255 : static_cast<uint8_t>(i / 4);
    }
    EXPECT_EQ(perceptual_hash(raster), expected) << image::mode_name(mode);
  }
}

TEST(PerceptualHash, TransparentAreasAreWhite) {
  Raster transparent = image::make_raster(PixelMode::rgba, 100, 100);
  Raster white = image::make_raster(PixelMode::rgb, 100, 100);
  for (size_t i = 0; i < 10'000; ++i) {
    const bool inside = i % 100 > 30 && i / 100 > 60 && i % 100 < 90;
    transparent.pixels[4 * i + 3] = inside ? 255 : 0;  // black, of which only a part shows
    for (size_t channel = 0; channel < 3; ++channel) {
      white.pixels[3 * i + channel] = inside ? 0 : 255;
    }
  }
  EXPECT_EQ(perceptual_hash(transparent), perceptual_hash(white));
  EXPECT_NE(perceptual_hash(white), 0u);
}

TEST(PerceptualHash, ImagesWithoutStructureAreZero) {
  for (const int value : {0, 100, 255}) {
    Image image{50, 20, std::vector<uint8_t>(3000, static_cast<uint8_t>(value))};
    EXPECT_EQ(hash_of(image), 0u);
  }
  EXPECT_EQ(hash_of({1, 1, {1, 2, 3}}), 0u);
}

TEST(PerceptualHash, RefusesAWrongBuffer) {
  Raster raster = raster_of(scene(1, 20, 20));
  raster.pixels.pop_back();
  EXPECT_THROW(perceptual_hash(raster), Error);
}

// Guards against a change of the definition: hashes are stored.
TEST(PerceptualHash, IsStable) {
  const auto bytes = read_file(golden_folder("image") / "rgb_420.jpg", 1 << 20);
  EXPECT_EQ(perceptual_hash(decode_raster(bytes, "rgb_420.jpg")), 0x6ae3949599739585u);
}

}  // namespace
}  // namespace sightline
