// Decoders whose libraries are optional. Each test is skipped in a build without the library.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/plugin.h"
#include "expect_error.h"
#include "image/codec_plugin.h"
#include "image/exif.h"
#include "image/formats.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;
using test::expect_error;

constexpr OrientationProfile kStored = OrientationProfile::stored;
const fs::path kFolder = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/codecs";

Bytes file(const std::string& name) {
  return read_file(kFolder / name, 1 << 20);
}

// Returns the images of a format, sorted.
std::vector<std::string> images(const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == extension) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

struct CodecTest {
  const char* plugin;
  const char* extension;
  size_t files;
  // The largest difference from the reference's pixels, for 8 bits and for more.
  int tolerance = 0;
  int deep_tolerance = 0;
};

void PrintTo(const CodecTest& test, std::ostream* out) {
  *out << test.extension;
}

int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  }
  return largest;
}

class Codecs : public ::testing::TestWithParam<CodecTest> {
 protected:
  void SetUp() override {
    if (!plugin_exists(GetParam().plugin)) GTEST_SKIP() << "no " << GetParam().plugin;
  }
};

TEST_P(Codecs, GoldenFilesEqualTheReference) {
  const auto names = images(GetParam().extension);
  EXPECT_EQ(names.size(), GetParam().files);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const Image expected = decode_image(file(name + ".png"), name + ".png");
    const bool deep = name.starts_with("bits");
    EXPECT_LE(largest_difference(decode_image(file(name), name, kStored), expected),
              deep ? GetParam().deep_tolerance : GetParam().tolerance);
  }
}

// Returns whether the bytes decode. Fails the test on an internal error or another exception.
bool decodes(const Bytes& bytes) {
  try {
    const Image image = decode_image(bytes, "input", OrientationProfile::upright,
                                     {.max_bytes = 1 << 20, .max_pixels = 1 << 20});
    return image.pixels.size() ==
           size_t{3} * static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
    EXPECT_NE(std::string(error.what()).find("'input'"), std::string::npos) << error.what();
    return false;
  }
}

TEST_P(Codecs, TruncatedFilesAreErrors) {
  for (const std::string& name : images(GetParam().extension)) {
    SCOPED_TRACE(name);
    const Bytes bytes = file(name);
    for (const size_t part : {1, 2, 3, 5, 7, 9}) {
      decodes(
          Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() * part / 10)));
    }
    const bool later_frames_missing = name.starts_with("animated") || name.starts_with("several");
    if (!later_frames_missing) {
      EXPECT_FALSE(decodes(Bytes(bytes.begin(), bytes.begin() + ptrdiff_t(bytes.size() / 2))));
    }
  }
}

TEST_P(Codecs, ChangedBytesNeverCrash) {
  std::mt19937 random(7);
  for (const std::string& name : images(GetParam().extension)) {
    SCOPED_TRACE(name);
    for (int round = 0; round < 10; ++round) {
      Bytes bytes = file(name);
      for (int change = 0; change < 3; ++change) {
        bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
      }
      decodes(bytes);
    }
  }
}

TEST_P(Codecs, LimitsAreCheckedBeforeDecoding) {
  const std::string name = images(GetParam().extension).front();
  if (std::string(GetParam().plugin) == "svg") {  // drawn at a smaller size
    EXPECT_LE(decode_image(file(name), name, {}, {.max_pixels = 1000}).pixels.size(), 3000u);
  } else {
    expect_error(ErrorCode::limit_exceeded, "at most 1000",
                 [&] { decode_raster(file(name), name, kStored, {.max_pixels = 1000}); });
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Codecs,
                         ::testing::Values(CodecTest{"avif", ".avif", 23},
                                           CodecTest{"heif", ".heic", 17, 1, 3},
                                           CodecTest{"jxl", ".jxl", 13, 0, 1},
                                           CodecTest{"raw", ".dng", 5}, CodecTest{"svg", ".svg", 5},
                                           CodecTest{"svg", ".svgz", 1}));

TEST(CodecPlugin, MissingLibraryIsNamed) {
  static const image::Codec codec{"none", "HEIC", "libheif", "libheif-dev"};
  expect_error(ErrorCode::unsupported,
               "'a.heic' is HEIC; this build has no libheif: install libheif-dev and build again",
               [] { image::load_codec(codec, "a.heic"); });
}

// irot and imir prescribe the same pixels as the EXIF orientation that they are converted to.
TEST(Avif, RotationOfTheContainerIsTheOrientation) {
  if (!plugin_exists("avif")) GTEST_SKIP() << "no avif";
  const Raster plain = decode_raster(file("yuv444.avif"), "yuv444.avif", kStored);
  const std::vector<std::pair<std::string, int>> cases = {
      {"irot1", 8}, {"irot2", 3}, {"irot3", 6}, {"imir0", 4}, {"imir1", 2}};
  for (const auto& [name, orientation] : cases) {
    SCOPED_TRACE(name);
    EXPECT_EQ(decode_raster(file(name + ".avif"), name, kStored).orientation, orientation);
    Raster expected = plain;
    expected.orientation = orientation;
    image::apply_orientation(expected);
    const Raster upright = decode_raster(file(name + ".avif"), name, OrientationProfile::upright);
    EXPECT_EQ(upright.pixels, expected.pixels);
  }
}

// First rotated anticlockwise, then mirrored.
TEST(Avif, RotatesBeforeItMirrors) {
  if (!plugin_exists("avif")) GTEST_SKIP() << "no avif";
  for (const auto& [name, mirrored] : {std::pair{"irot1_imir0.avif", 4}, {"irot1_imir1.avif", 2}}) {
    SCOPED_TRACE(name);
    Raster expected = decode_raster(file("yuv444.avif"), name, kStored);
    for (const int step : {8, mirrored}) {
      expected.orientation = step;
      image::apply_orientation(expected);
    }
    const Raster upright = decode_raster(file(name), name, OrientationProfile::upright);
    EXPECT_EQ(upright.pixels, expected.pixels);
  }
}

// libheif rotates the pixels; the EXIF tag, which these files have as well, is not applied again.
TEST(Heif, RotatesOnce) {
  if (!plugin_exists("heif")) GTEST_SKIP() << "no heif";
  for (const char* name : {"orientation3.heic", "orientation6.heic", "orientation8.heic"}) {
    SCOPED_TRACE(name);
    const Raster raster = decode_raster(file(name), name, kStored);
    EXPECT_EQ(raster.orientation, 1);
    EXPECT_EQ(decode_raster(file(name), name, OrientationProfile::upright).pixels, raster.pixels);
  }
}

TEST(CameraRaw, SaysWhichPixelsItDecoded) {
  if (!plugin_exists("raw")) GTEST_SKIP() << "no raw";
  EXPECT_EQ(decode_raster(file("preview.dng"), "a").note, "embedded preview, 702 x 512 pixels");
  EXPECT_EQ(decode_raster(file("preview_orientation8.dng"), "a").width, 512);
  EXPECT_EQ(decode_raster(file("small_preview.dng"), "a").note,
            "developed from the sensor's values, 96 x 70 pixels");
}

Bytes text(const std::string& content) {
  return Bytes(content.begin(), content.end());
}

TEST(Svg, DoesNotReadOtherFiles) {
  if (!plugin_exists("svg")) GTEST_SKIP() << "no svg";
  const std::string png = (kFolder / "sized.svg.png").string();
  for (const std::string& reference : {png, "file://" + png}) {
    const Image image = decode_image(
        text("<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
             "width='96' height='70'><image xlink:href='" +
             reference + "' width='96' height='70'/></svg>"),
        "a.svg");
    EXPECT_EQ(std::ranges::count(image.pixels, 255), std::ssize(image.pixels));
  }
}

TEST(Svg, LimitsSizeAndMemory) {
  if (!plugin_exists("svg")) GTEST_SKIP() << "no svg";
  const Image thin = decode_image(
      text("<svg xmlns='http://www.w3.org/2000/svg' width='1e6' height='1'></svg>"), "a.svg");
  EXPECT_EQ(thin.width, 4096);
  EXPECT_EQ(thin.height, 1);
  const std::string pattern =
      "<svg xmlns='http://www.w3.org/2000/svg' width='900' height='900'>"
      "<pattern id='p' width='30000' height='30000' patternUnits='userSpaceOnUse'>"
      "<rect width='3' height='3'/></pattern>"
      "<rect width='900' height='900' fill='url(#p)'/></svg>";
  expect_error(ErrorCode::limit_exceeded, "memory", [&] { decode_image(text(pattern), "a.svg"); });
  expect_error(ErrorCode::invalid_data, "is not a valid SVG",
               [] { decode_image(text("<svg xmlns='http://www.w3.org/2000/svg'"), "a.svg"); });
}

// The directories of such a file describe only a small preview.
TEST(CameraRaw, IsNotReadAsTheTiffFileThatItLooksLike) {
  const Bytes tiff = text(std::string("II*\0\x08\0\0\0\0\0\0\0\0\0", 14));
  EXPECT_STREQ(image::find_format(tiff, "a.tif")->name, "TIFF");
  EXPECT_STREQ(image::find_format(tiff, "a.iiq")->name, "camera RAW");
  EXPECT_STREQ(image::find_format(tiff, "photos/A.MOS")->name, "camera RAW");
  for (const std::string& start :
       {std::string("II*\0\x10\0\0\0IIIICwaR", 16), std::string("MM\0*\0\0\0\x10MMMMRawT", 16)}) {
    EXPECT_STREQ(image::find_format(text(start))->name, "camera RAW");
  }
  EXPECT_STREQ(image::find_format(text(std::string("II*\0\x10\0\0\0IIIIIIII", 16)))->name, "TIFF");
}

TEST(Svg, SaysWhyThereIsNothingToDraw) {
  if (!plugin_exists("svg")) GTEST_SKIP() << "no svg";
  const std::string start = "<svg xmlns='http://www.w3.org/2000/svg' ";
  expect_error(ErrorCode::invalid_data, "'a.svg' is an SVG without a size",
               [&] { decode_image(text(start + "/>"), "a.svg"); });
  for (const char* size : {"viewBox='0 0 0 0'", "width='0' height='5'"}) {
    expect_error(ErrorCode::invalid_data, "'a.svg' is an SVG without an area",
                 [&] { decode_image(text(start + size + "/>"), "a.svg"); });
  }
}

TEST(Svg, IsNotEveryXmlDocument) {
  for (const char* other : {"<html><svg></svg></html>", "<!DOCTYPE html><svg>", "<?xml?><svgx>",
                            "a <svg>", "<x:xmpmeta>"}) {
    expect_error(ErrorCode::invalid_data, "is not an image",
                 [&] { decode_image(text(other), "a.xml"); });
  }
}

}  // namespace
}  // namespace sightline
