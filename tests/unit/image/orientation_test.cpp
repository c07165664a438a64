// The orientation of images, wherever a container can hold it, against Pillow.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>

#include "image/exif.h"
#include "image/png_metadata.h"
#include "image/preprocess.h"
#include "image/thumbnail.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

void expect_image(const Image& image, const nlohmann::json& want) {
  EXPECT_EQ(image.width, want[0].get<int>());
  EXPECT_EQ(image.height, want[1].get<int>());
  EXPECT_EQ(digest_of(image.pixels), want[2].get<std::string>());
}

TEST(Orientation, OfEveryContainerEqualsPillow) {
  const auto images = golden_images("image/orientation");
  const auto expected = golden_json("orientation/expected.json")["files"];
  ASSERT_EQ(images.size(), expected.size());
  ASSERT_EQ(images.size(), 8u * 26u);
  for (const auto& [name, bytes] : images) {
    SCOPED_TRACE(name);
    const auto& want = expected.at(name);
    expect_image(decode_image(bytes, name, OrientationProfile::upright), want["upright"]);
    expect_image(decode_image(bytes, name, OrientationProfile::stored), want["stored"]);
  }
}

TEST(Orientation, CorruptMetadataNeverCrashes) {
  std::mt19937 random(11);
  for (const auto& [name, bytes] : golden_images("image/orientation")) {
    for (int round = 0; round < 20; ++round) {
      Bytes broken = bytes;
      for (unsigned flips = 1 + random() % 3; flips > 0; --flips)
        broken[random() % broken.size()] = static_cast<uint8_t>(random());
      try {
        decode_image(broken, name);
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
      }
    }
  }
}

TEST(Orientation, XmpIsReadAsByPillow) {
  const auto of = [](std::string_view xmp) { return image::exif_orientation({}, bytes_of(xmp)); };
  EXPECT_EQ(of("tiff:Orientation=\"6\""), 6);
  EXPECT_EQ(of("<tiff:Orientation>8</tiff:Orientation>"), 8);
  EXPECT_EQ(of("tiff:Orientation='6' tiff:Orientation=\"3\""), 3);
  EXPECT_EQ(of("tiff:Orientation=\"0\" tiff:Orientation=\"3\""), 1);  // the first digit counts
  for (const char* none : {"", "tiff:Orientation", "tiff:Orientation>", "tiff:Orientation=\"x",
                           "tiff:Orientation=\"9\"", "exif:Orientation=\"6\""}) {
    EXPECT_EQ(of(none), 1) << none;
  }
}

// The body of a compressed iTXt chunk with an XMP packet of this length.
Bytes compressed_xmp(size_t length) {
  std::string packet = "tiff:Orientation=\"6\"";
  packet.resize(length, ' ');
  const std::string_view head("XML:com.adobe.xmp\0\1\0\0\0", 22);
  Bytes body(head.size() + compressBound(packet.size()));
  std::copy(head.begin(), head.end(), body.begin());
  uLongf size = body.size() - head.size();
  EXPECT_EQ(compress(body.data() + head.size(), &size,
                     reinterpret_cast<const uint8_t*>(packet.data()), packet.size()),
            Z_OK);
  body.resize(head.size() + size);
  return body;
}

TEST(Orientation, TextsOverOneMegabyteAreIgnored) {
  for (const auto& [length, orientation] :
       {std::pair<size_t, int>{1 << 20, 6}, {(1 << 20) + 1, 1}}) {
    const Bytes body = compressed_xmp(length);
    image::PngMetadata metadata;
    metadata.add(bytes_of("iTXt"), body);
    EXPECT_EQ(metadata.orientation(), orientation) << length;
  }
}

TEST(Orientation, StoredDescriptionsOfOlderVersionsAreUnderstood) {
  PreprocessSpec spec;
  for (const auto& [old, orientation] :
       {std::pair{"parity", OrientationProfile::stored}, {"search", OrientationProfile::upright}}) {
    spec.orientation = orientation;
    std::string line = spec.describe();
    const std::string now = orientation == OrientationProfile::stored ? "stored" : "upright";
    line.replace(line.find("orientation " + now) + 12, now.size(), old);
    EXPECT_EQ(described_profiles(line).orientation, orientation) << line;
    EXPECT_EQ(current_description(line), spec.describe());
  }
  EXPECT_EQ(current_description(spec.describe()), spec.describe());
}

TEST(Orientation, ThumbnailsAreAsEncoded) {
  const Bytes bytes = golden_images("image/orientation").at("jpeg_xmp_6.jpg");
  const auto upright = thumbnail(bytes, 70, OrientationProfile::upright, {});
  const auto stored = thumbnail(bytes, 70, OrientationProfile::stored, {});
  ASSERT_TRUE(upright && stored);
  EXPECT_GT(upright->height, upright->width);
  EXPECT_GT(stored->width, stored->height);
}

}  // namespace
}  // namespace sightline
