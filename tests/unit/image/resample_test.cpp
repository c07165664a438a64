#include "image/resample.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "image/resample_passes.h"
#include "image/resample_weights.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

// The same pattern as in tools/golden/image.py.
Image pattern(int width, int height) {
  Image image{width, height,
              std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) * 3)};
  for (uint64_t i = 0; i < image.pixels.size(); ++i) {
    const uint64_t mixed = (i * 2654435761u + (i >> 7) * 40503u) & 0xffffffffu;
    image.pixels[i] = static_cast<uint8_t>(mixed >> 13);
  }
  return image;
}

TEST(Resize, EqualsPillow) {
  const auto golden = golden_json("resize.json");
  ASSERT_GE(golden["cases"].size(), 100u);
  for (const auto& row : golden["cases"]) {
    const ResizeFilter filter =
        row[4] == "bicubic" ? ResizeFilter::bicubic : ResizeFilter::bilinear;
    const Image out = resize(pattern(row[0], row[1]), row[2], row[3], filter);
    EXPECT_EQ(digest_of(out.pixels), row[5].get<std::string>()) << row.dump();
  }
}

// A straightforward implementation of one pass: 64-bit sums, one value at a time.
std::vector<double> reference_weights(int in_size, int out_size, ResizeFilter filter, int index,
                                      int* first) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double filter_scale = std::max(1.0, scale);
  const double support = (filter == ResizeFilter::bicubic ? 2.0 : 1.0) * filter_scale;
  const double center = (index + 0.5) * scale;
  *first = std::max(0, static_cast<int>(center - support + 0.5));
  const int end = std::min(in_size, static_cast<int>(center + support + 0.5));
  std::vector<double> weights;
  double sum = 0;
  for (int i = *first; i < end; ++i) {
    const double x = std::fabs((i - center + 0.5) * (1.0 / filter_scale));
    double w = 0;
    if (filter == ResizeFilter::bilinear) {
      w = x < 1 ? 1 - x : 0;
    } else if (x < 1) {
      w = (1.5 * x - 2.5) * x * x + 1;
    } else if (x < 2) {
      w = (((x - 5) * x + 8) * x - 4) * -0.5;
    }
    weights.push_back(w);
    sum += w;
  }
  for (double& w : weights) w /= sum;
  return weights;
}

Image reference_pass(const Image& in, int out_size, ResizeFilter filter, bool along_x) {
  const int width = along_x ? out_size : in.width;
  const int height = along_x ? in.height : out_size;
  Image out{width, height, std::vector<uint8_t>(static_cast<size_t>(width * height * 3))};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      int first = 0;
      const auto weights = reference_weights(along_x ? in.width : in.height, out_size, filter,
                                             along_x ? x : y, &first);
      for (int c = 0; c < 3; ++c) {
        int64_t sum = 1 << 21;
        for (size_t k = 0; k < weights.size(); ++k) {
          const int from = first + static_cast<int>(k);
          const int at = along_x ? y * in.width + from : from * in.width + x;
          const double scaled = weights[k] * (1 << 22);
          sum += static_cast<int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5)) *
                 in.pixels[static_cast<size_t>(at * 3 + c)];
        }
        out.pixels[static_cast<size_t>((y * width + x) * 3 + c)] =
            static_cast<uint8_t>(std::clamp<int64_t>(sum >> 22, 0, 255));
      }
    }
  }
  return out;
}

Image reference_resize(const Image& in, int width, int height, ResizeFilter filter) {
  Image out = in;
  const bool vertical_first = in.height > height && in.height - height > 2 * (in.width - width);
  for (const bool along_x : {!vertical_first, vertical_first}) {
    if (along_x && width != in.width) out = reference_pass(out, width, filter, true);
    if (!along_x && height != in.height) out = reference_pass(out, height, filter, false);
  }
  return out;
}

TEST(Resize, EqualsTheReferenceImplementation) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const auto size = [&] { return 1 + static_cast<int>(random() % (round % 3 == 0 ? 150 : 40)); };
    Image in{size(), size(), {}};
    in.pixels.resize(static_cast<size_t>(in.width * in.height * 3));
    // Adjacent extreme values make the cubic filter overshoot, so that results are clipped.
    for (uint8_t& v : in.pixels)
      v = static_cast<uint8_t>(round % 2 == 0 ? random() : random() % 2 * 255);
    const int width = size();
    const int height = size();
    for (const auto filter : {ResizeFilter::bicubic, ResizeFilter::bilinear}) {
      ASSERT_EQ(resize(in, width, height, filter).pixels,
                reference_resize(in, width, height, filter).pixels)
          << in.width << "x" << in.height << " -> " << width << "x" << height;
    }
  }
}

TEST(Resize, AWindowEqualsThatPartOfTheWholeResult) {
  const Image in = pattern(90, 70);
  const std::pair<int, int> sizes[] = {{40, 31}, {120, 200}, {90, 20},
                                       {30, 70}, {180, 20},  {90, 70}};
  for (const auto& [width, height] : sizes) {
    const Image whole = resize(in, width, height, ResizeFilter::bicubic);
    const image::Window window{width / 4, height / 3, width / 2, height / 2};
    const auto part =
        image::resample(image::view(in), width, height, ResizeFilter::bicubic, window);
    for (int y = 0; y < window.height; ++y) {
      const auto* expected = whole.pixels.data() + ((window.y + y) * width + window.x) * 3;
      ASSERT_TRUE(
          std::equal(expected, expected + window.width * 3, part.data() + y * window.width * 3));
    }
  }
}

// Every instruction set that this processor supports, with one pass or two in either order,
// windows, 1 to 4 channels, small and large factors.
TEST(Resize, AllInstructionSetsEqualTheGenericPasses) {
  std::mt19937 random(5);
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  image::Resampler generic(*image::generic_resample_passes());
  for (const image::ResamplePasses* passes : image::runnable_resample_passes()) {
    image::Resampler fast(*passes);
    for (int round = 0; round < 600; ++round) {
      const int channels = 1 + round % 4;
      const int limit = round % 5 == 0 ? 700 : round % 5 == 1 ? 9 : 90;
      const int width = 1 + below(limit);
      const int height = 1 + below(limit);
      const int out_width = round % 7 == 0 ? width : 1 + below(120);
      const int out_height = round % 11 == 0 ? height : 1 + below(120);
      const auto filter = round % 2 == 0 ? ResizeFilter::bicubic : ResizeFilter::bilinear;
      image::Window window{below(out_width), below(out_height), 0, 0};
      window.width = 1 + below(out_width - window.x);
      window.height = 1 + below(out_height - window.y);
      std::vector<uint8_t> pixels(static_cast<size_t>(width * height * channels));
      for (uint8_t& v : pixels) {
        v = static_cast<uint8_t>(round % 3 == 0 ? random() % 2 * 255 : random());
      }
      const image::PixelView view{pixels.data(), width, height, channels};
      // One additional byte detects writes beyond the end.
      std::vector<uint8_t> a(static_cast<size_t>(window.width * window.height * channels) + 1, 17);
      std::vector<uint8_t> b = a;
      fast.resample(view, out_width, out_height, filter, window, a.data());
      generic.resample(view, out_width, out_height, filter, window, b.data());
      ASSERT_EQ(a, b) << passes->name << ", " << channels << " channels, " << width << "x" << height
                      << " -> " << out_width << "x" << out_height << ", window " << window.x << ","
                      << window.y << " " << window.width << "x" << window.height;
      ASSERT_EQ(a.back(), 17);
    }
  }
}

// FNV-1a of the bits of all weights before they are rounded. Where a * b + c has one rounding, as
// compilers choose for processors with FMA, they are others.
TEST(Resize, WeightsHaveTheSameBitsOnEveryMachine) {
  uint64_t hash = 14695981039346656037u;
  for (const auto filter : {ResizeFilter::bilinear, ResizeFilter::bicubic}) {
    for (const int in : {61, 333, 640}) {
      for (const double weight : image::make_weights(in, 224, filter, 0, 224, true).exact)
        hash = (hash ^ __builtin_bit_cast(uint64_t, weight)) * 1099511628211u;
    }
  }
  EXPECT_EQ(hash, 11401013465339789017u);
}

TEST(Resize, CachedWeightsBelongToTheirSize) {
  image::Resampler reused;
  std::mt19937 random(6);
  for (int round = 0; round < 200; ++round) {
    // More sizes than the cache holds, so that some are evicted and recomputed.
    const int width = 20 + static_cast<int>(random() % 12);
    const int channels = 1 + static_cast<int>(random() % 4);
    const auto filter = random() % 2 == 0 ? ResizeFilter::bicubic : ResizeFilter::bilinear;
    std::vector<uint8_t> pixels(static_cast<size_t>(width * 30 * channels));
    for (uint8_t& v : pixels) v = static_cast<uint8_t>(random());
    const image::PixelView view{pixels.data(), width, 30, channels};
    const image::Window window{static_cast<int>(random() % 3), 0, 9, 11};
    std::vector<uint8_t> out(static_cast<size_t>(9 * 11 * channels));
    reused.resample(view, 12, 11, filter, window, out.data());
    ASSERT_EQ(out, image::resample(view, 12, 11, filter, window));
  }
}

TEST(Resize, RejectsEmptySizes) {
  EXPECT_THROW(resize(pattern(3, 3), 0, 5, ResizeFilter::bicubic), Error);
  EXPECT_THROW(resize(Image{}, 5, 5, ResizeFilter::bicubic), Error);
}

}  // namespace
}  // namespace sightline
