#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <random>
#include <string>

#include "image/pixels.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

TEST(Decode, GoldenFilesEqualPillow) {
  const auto images = golden_images();
  const auto expected = golden_json("expected.json")["files"];
  ASSERT_EQ(images.size(), expected.size());
  for (const auto& [name, bytes] : images) {
    SCOPED_TRACE(name);
    const auto& want = expected.at(name);
    const Raster raster = decode_raster(bytes, name, OrientationProfile::stored);
    EXPECT_EQ(image::mode_name(raster.mode), want["mode"].get<std::string>());
    EXPECT_EQ(raster.width, want["width"].get<int>());
    EXPECT_EQ(raster.height, want["height"].get<int>());
    EXPECT_EQ(digest_of(to_rgb(raster).pixels), want["rgb"].get<std::string>());
  }
}

TEST(Decode, AppliesOrientationByDefault) {
  const auto expected = golden_json("expected.json")["files"];
  int turned = 0;
  for (const auto& [name, bytes] : golden_images()) {
    SCOPED_TRACE(name);
    const auto& want = expected.at(name)["upright"];
    const Image image = decode_image(bytes, name);
    EXPECT_EQ(image.width, want[0].get<int>());
    EXPECT_EQ(image.height, want[1].get<int>());
    EXPECT_EQ(digest_of(image.pixels), want[2].get<std::string>());
    turned += want[2] != expected.at(name)["rgb"] ? 1 : 0;
  }
  EXPECT_GE(turned, 9);  // seven JPEG, one PNG, one WebP
}

// Returns whether the bytes decode. Fails the test on an internal error, another exception or a
// crash.
bool decodes(const Bytes& bytes) {
  try {
    const Image image = decode_image(bytes, "fuzz", OrientationProfile::upright,
                                     {.max_bytes = 1 << 20, .max_pixels = 1 << 20});
    return image.pixels.size() ==
           size_t{3} * static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
    EXPECT_NE(std::string(error.what()).find("'fuzz'"), std::string::npos) << error.what();
    return false;
  }
}

TEST(Decode, TruncatedFilesNeverCrash) {
  for (const auto& [name, bytes] : golden_images()) {
    SCOPED_TRACE(name);
    const size_t step = std::max<size_t>(1, bytes.size() / 60);
    for (size_t size = 0; size < bytes.size(); size += step) {
      decodes(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)));
    }
    // Half a file is not a complete image, except for animations and several pages.
    if (name.find("animated") == std::string::npos && name != "pages.tif") {
      EXPECT_FALSE(
          decodes(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() / 2))));
    }
  }
}

TEST(Decode, FlippedBytesNeverCrash) {
  std::mt19937 random(7);
  for (const auto& [name, bytes] : golden_images()) {
    SCOPED_TRACE(name);
    for (int round = 0; round < 60; ++round) {
      Bytes broken = bytes;
      const int flips = 1 + static_cast<int>(random() % 4);
      for (int i = 0; i < flips; ++i) {
        // Half of the flips are in the header.
        const size_t range =
            random() % 2 == 0 ? std::min<size_t>(64, broken.size()) : broken.size();
        broken[random() % range] = static_cast<uint8_t>(random());
      }
      decodes(broken);
    }
  }
}

struct Broken {
  const char* what;
  std::string content;
  ErrorCode code;
  const char* expected;  // part of the message
};

TEST(Decode, CorruptFilesHaveSpecificMessages) {
  const auto images = golden_images();
  const auto part = [&](const std::string& name, double share) {
    const Bytes& bytes = images.at(name);
    return std::string(
        bytes.begin(),
        bytes.begin() + static_cast<ptrdiff_t>(static_cast<double>(bytes.size()) * share));
  };
  std::string bomb = part("rgb8.png", 1.0);
  bomb.replace(16, 8, std::string("\x7f\xff\xff\xff\x7f\xff\xff\xff", 8));
  const auto with_checksum = [](std::string png) {  // recomputes the checksum of the IHDR chunk
    uint32_t crc = 0xffffffff;
    for (size_t i = 12; i < 29; ++i) {
      crc ^= static_cast<uint8_t>(png[i]);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
    }
    crc = ~crc;
    for (size_t i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
    return png;
  };
  std::string large = part("rgb8.png", 1.0);
  large.replace(16, 8, std::string("\0\0\x27\x10\0\0\x27\x10", 8));  // 10000 x 10000
  const Broken cases[] = {
      {"empty", "", ErrorCode::invalid_data, "is empty"},
      {"text", "This is a text and no image at all.\n", ErrorCode::invalid_data, "is not an image"},
      {"zeros", std::string(5000, '\0'), ErrorCode::invalid_data, "is not an image"},
      {"html with .jpg", "<!DOCTYPE html><html></html>", ErrorCode::invalid_data,
       "is not an image"},
      {"truncated jpeg", part("rgb_420.jpg", 0.7), ErrorCode::invalid_data, "is truncated"},
      {"jpeg header only", part("rgb_420.jpg", 0.01), ErrorCode::invalid_data, ""},
      {"truncated progressive", part("rgb_420_progressive.jpg", 0.9), ErrorCode::invalid_data,
       "truncated"},
      {"truncated png", part("rgb8.png", 0.6), ErrorCode::invalid_data, "truncated"},
      {"truncated gif", part("palette.gif", 0.8), ErrorCode::invalid_data, "truncated"},
      {"truncated bmp", part("rgb.bmp", 0.8), ErrorCode::invalid_data, "truncated"},
      {"truncated webp", part("lossy.webp", 0.8), ErrorCode::invalid_data, "truncated"},
      {"truncated tiff", part("rgb_lzw.tif", 0.8), ErrorCode::invalid_data, "truncated"},
      {"bomb", with_checksum(bomb), ErrorCode::limit_exceeded, "2147483647 x 2147483647"},
      {"large size", with_checksum(large), ErrorCode::invalid_data, "cannot hold"},
  };
  for (const Broken& broken : cases) {
    SCOPED_TRACE(broken.what);
    try {
      const Bytes bytes(broken.content.begin(), broken.content.end());
      decode_raster(bytes, "images/a.jpg");
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.code(), broken.code) << message;
      EXPECT_EQ(message.rfind("'images/a.jpg' ", 0), 0u) << message;
      EXPECT_NE(message.find(broken.expected), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
}

TEST(Decode, LimitsAreCheckedBeforeDecoding) {
  for (const auto& [name, bytes] : golden_images()) {
    SCOPED_TRACE(name);
    try {
      decode_raster(bytes, name, OrientationProfile::stored,
                    {.max_bytes = 1 << 20, .max_pixels = 100});
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::limit_exceeded) << error.what();
    }
    EXPECT_THROW(decode_raster(bytes, name, OrientationProfile::stored, {.max_bytes = 10}), Error);
  }
}

TEST(Decode, AcceptsAMissingEndMarker) {
  // As in Pillow: all rows are complete, only the IEND chunk is missing.
  const auto images = golden_images();
  const auto expected = golden_json("expected.json")["files"];
  const Bytes& png = images.at("rgb8.png");
  const Bytes cut(png.begin(), png.end() - 12);
  EXPECT_EQ(digest_of(decode_image(cut, "cut.png").pixels),
            expected.at("rgb8.png")["rgb"].get<std::string>());
}

}  // namespace
}  // namespace sightline
