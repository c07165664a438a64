// ImagePreprocessor: results, reuse of memory, and decoding at reduced size.
#include "image/image_preprocessor.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sightline/error.h>

#include <cstdio>

#include <jpeglib.h>

#include <cmath>
#include <cstdlib>
#include <new>

#include "image/write_jpeg.h"
#include "unit/image/golden_files.h"

namespace {
thread_local int64_t allocations = 0, allocated_bytes = 0;
}

// Not inlined: the compiler would warn about malloc paired with delete.
__attribute__((noinline)) void* operator new(size_t size) {
  ++allocations;
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  allocated_bytes += static_cast<int64_t>(::malloc_usable_size(memory));
  return memory;
}
__attribute__((noinline)) void operator delete(void* memory) noexcept {
  allocated_bytes -= static_cast<int64_t>(::malloc_usable_size(memory));
  std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, size_t) noexcept {
  operator delete(memory);
}

namespace sightline {
namespace {

// A smooth image as JPEG, quality 90, 4:2:0.
std::vector<uint8_t> jpeg(int width, int height, int components = 3) {
  std::vector<uint8_t> row(static_cast<size_t>(width * components));
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = components;
  info.in_color_space = components == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 90, TRUE);
  jpeg_start_compress(&info, TRUE);
  std::vector<double> across(row.size());
  for (size_t i = 0; i < across.size(); ++i) {
    const auto x = static_cast<int>(i) / components, c = static_cast<int>(i) % components;
    across[i] = 128 + 60 * std::sin((x + 30 * c) / 23.0);
  }
  for (int y = 0; y < height; ++y) {
    const double down = 50 * std::sin(y / 17.0);
    for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<uint8_t>(across[i] + down);
    JSAMPROW rows[1] = {row.data()};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  std::vector<uint8_t> bytes(data, data + size);
  std::free(data);
  jpeg_destroy_compress(&info);
  return bytes;
}

std::vector<float> reference(const std::vector<uint8_t>& bytes, const PreprocessSpec& spec) {
  const Image square = preprocess_pixels(decode_raster(bytes, "an image", spec), spec);
  std::vector<float> out(square.pixels.size());
  normalize_pixels(square, spec, out.data());
  return out;
}

// One preprocessor converts images of all formats and modes, corrupt ones included, so that state
// left over from other images would be noticed.
TEST(ImagePreprocessor, ReuseDoesNotChangeResults) {
  const auto images = golden_images();
  for (const auto order : {PreprocessSpec::Order::openai, PreprocessSpec::Order::huggingface}) {
    for (const auto orientation : {OrientationProfile::stored, OrientationProfile::upright}) {
      PreprocessSpec spec;
      spec.order = order;
      spec.orientation = orientation;
      spec.resize_size = 20;
      spec.crop_size = 24;
      image::ImagePreprocessor preprocessor(spec);
      std::vector<float> out(3 * 24 * 24);
      int valid = 0;
      for (int pass = 0; pass < 2; ++pass) {
        for (const auto& [name, bytes] : images) {
          std::vector<float> expected;
          try {
            expected = reference(bytes, spec);
          } catch (const Error&) {
            EXPECT_THROW(preprocessor.prepare(bytes, name, out.data()), Error) << name;
            continue;
          }
          preprocessor.prepare(bytes, name, out.data());
          ASSERT_EQ(out, expected) << name;
          ++valid;
        }
      }
      EXPECT_GT(valid, 40);
    }
  }
}

TEST(ImagePreprocessor, DoesNotAllocateForImagesNoLargerThanEarlierOnes) {
  for (const int components : {1, 3}) {
    const auto large = jpeg(640, 480, components);
    const auto small = jpeg(320, 300, components);
    const PreprocessSpec spec;
    image::ImagePreprocessor preprocessor(spec);
    std::vector<float> out(3 * 224 * 224);
    const std::string name = "an image";
    const auto both = [&] {
      preprocessor.prepare(large, name, out.data());
      preprocessor.prepare(small, name, out.data());
    };
    both();
    const int64_t before = allocations;
    for (int i = 0; i < 5; ++i) both();
    EXPECT_EQ(allocations, before) << components << " components";
  }
}

TEST(ImagePreprocessor, ReleasesLargeBuffersAfterAnError) {
  auto bytes = jpeg(5000, 5000);  // 75 MB of pixels
  const PreprocessSpec spec;
  image::ImagePreprocessor preprocessor(spec);
  std::vector<float> out(3 * 224 * 224);
  const int64_t before = allocated_bytes;
  preprocessor.prepare(bytes, "whole", out.data());
  const auto limit = static_cast<int64_t>(image::ImagePreprocessor::kMaxRetainedBytes);
  EXPECT_LT(allocated_bytes - before, limit);
  bytes.resize(bytes.size() / 2);
  EXPECT_THROW(preprocessor.prepare(bytes, "cut", out.data()), Error);
  EXPECT_LT(allocated_bytes - before, limit);
}

TEST(FastDecode, ReducesTheSizeOnlyIfEnoughPixelsRemain) {
  PreprocessSpec spec;
  spec.decode = DecodeProfile::fast;
  const auto size = [&](int width, int height, int side) {
    spec.resize_size = spec.crop_size = side;
    const Raster raster = decode_raster(jpeg(width, height), "an image", spec);
    return std::pair(raster.width, raster.height);
  };
  EXPECT_EQ(size(640, 480, 224), std::pair(320, 240));
  EXPECT_EQ(size(640, 448, 224), std::pair(320, 224));
  EXPECT_EQ(size(640, 447, 224), std::pair(640, 447));
  EXPECT_EQ(size(447, 900, 224), std::pair(447, 900));
  EXPECT_EQ(size(900, 1797, 112), std::pair(113, 225));  // 1/8, rounded up
  EXPECT_EQ(size(2000, 1000, 20), std::pair(250, 125));  // 1/8 is the smallest scale
  EXPECT_EQ(size(30, 20, 224), std::pair(30, 20));
}

// The size in the file determines the size after resizing: 500 x 375 at half size is 250 x 188,
// which has a different aspect ratio.
TEST(FastDecode, DoesNotShiftTheCrop) {
  PreprocessSpec exact, fast;
  fast.decode = DecodeProfile::fast;
  exact.resize_size = fast.resize_size = exact.crop_size = fast.crop_size = 160;
  for (const auto& [width, height] :
       {std::pair(500, 375), std::pair(331, 777), std::pair(640, 480)}) {
    const auto bytes = jpeg(width, height);
    const Raster raster = decode_raster(bytes, "an image", fast);
    EXPECT_EQ(raster.full_width, width);
    EXPECT_EQ(raster.full_height, height);
    const Image a = preprocess_pixels(decode_raster(bytes, "an image", exact), exact);
    const Image b = preprocess_pixels(raster, fast);
    double difference = 0;
    for (size_t i = 0; i < a.pixels.size(); ++i) difference += std::abs(a.pixels[i] - b.pixels[i]);
    difference /= static_cast<double>(a.pixels.size());
    EXPECT_GT(difference, 0);
    // Odd sizes are rounded up, which shifts edges by up to half a pixel of the result. A shift by
    // a whole pixel would cause a difference of more than 3.
    EXPECT_LT(difference, 2);
  }
}

TEST(FastDecode, DoesNotChangeOtherFormatsAndSmallImages) {
  PreprocessSpec exact, fast;
  fast.decode = DecodeProfile::fast;
  for (const auto& [name, bytes] : golden_images()) {
    Raster raster;
    try {
      raster = decode_raster(bytes, name, exact);
    } catch (const Error&) {
      continue;
    }
    ASSERT_EQ(decode_raster(bytes, name, fast).pixels, raster.pixels) << name;
  }
}

TEST(FastDecode, IsPartOfTheDescription) {
  PreprocessSpec exact, fast;
  fast.decode = DecodeProfile::fast;
  EXPECT_EQ(fast.describe(), exact.describe() + ", decode fast");
}

// The size is that of the upright image in the file, whatever the profiles make of the pixels.
TEST(ImagePreprocessor, PropertiesDoNotDependOnProfiles) {
  Image photo{600, 400, std::vector<uint8_t>(600 * 400 * 3)};
  for (size_t i = 0; i < photo.pixels.size(); ++i) {
    const double x = static_cast<double>(i / 3 % 600), y = static_cast<double>(i / 1800);
    photo.pixels[i] = static_cast<uint8_t>(127 + 50 * std::sin(x / 50) * std::cos(y / 37) +
                                           40 * std::sin(x / 90 + y / 30) + x / 20);
  }
  const std::string jpeg = encode_jpeg(photo, 90, ChromaSubsampling::yuv420);
  // An EXIF block that says: rotate by 90 degrees.
  const uint8_t exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0,    0, 'I', 'I',
                          42,   0,    8, 0,  0,   0,   1,   0,   0x12, 1, 3,   0,
                          1,    0,    0, 0,  6,   0,   0,   0,   0,    0, 0,   0};
  std::vector<uint8_t> bytes(jpeg.begin(), jpeg.begin() + 2);
  bytes.insert(bytes.end(), std::begin(exif), std::end(exif));
  bytes.insert(bytes.end(), jpeg.begin() + 2, jpeg.end());
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = 64;
  std::vector<float> out(3 * 64 * 64);
  std::vector<ImageProperties> all;
  for (const auto orientation : {OrientationProfile::upright, OrientationProfile::stored}) {
    for (const auto decode : {DecodeProfile::exact, DecodeProfile::fast}) {
      spec.orientation = orientation;
      spec.decode = decode;
      ImageProperties& properties = all.emplace_back();
      image::ImagePreprocessor(spec).prepare(bytes, "a.jpg", out.data(), &properties);
      EXPECT_EQ(properties.format, "JPEG");
      EXPECT_EQ(properties.width, 400);
      EXPECT_EQ(properties.height, 600);
      EXPECT_LE(hamming_distance(properties.perceptual_hash, all[0].perceptual_hash), 10);
    }
  }
}

}  // namespace
}  // namespace sightline
