// PNM and TGA: corrupt files, limits, and which files are taken for TGA. Pixels are compared with
// Pillow's in decode_test.cpp.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <string>

#include "image/formats.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

void expect_error(const Bytes& bytes, const std::string& name, const std::string& expected) {
  try {
    decode_raster(bytes, name);
    ADD_FAILURE() << "no error: " << expected;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
}

TEST(Pnm, CorruptFilesHaveSpecificMessages) {
  const struct {
    const char* content;
    const char* expected;
  } cases[] = {
      {"P5 ", "is truncated"},
      {"P5 x 1 255 a", "its width is missing or not a number"},
      {"P5 2 -1 255 a", "its height is missing or not a number"},
      {"P5 2 1 0 aa", "its maximum value is 0, expected 1 to 65535"},
      {"P5 2 1 65536 aaaa", "its maximum value is 65536"},
      {"P5 2 2 255 abc", "cannot hold the 2 x 2 pixels"},
      {"P5 2 2 256 abcdefg", "cannot hold the 2 x 2 pixels"},
      {"P6 99999 99999 255 a", "99999 x 99999 pixels according to its header"},
      {"P2 2 1 255 1 256 ", "it has the sample '256', expected a number up to 255"},
      {"P2 2 1 255 1 -1 ", "it has the sample '-1'"},
      {"P2 2 1 255 00000000001 2", "the number '00000000001' of more than 10 characters"},
      {"P2 2 1 255 1", "cannot hold the 2 x 1"},
      {"P2 2 1 255 1# 2\n", "is truncated"},
      {"P1 2 2 1 0 2 0 ", "it has the character '2', expected 0 or 1"},
      {"Pf 1 1 0.0 aaaa", "its scale is not a finite number"},
      {"Pf 1 1 inf aaaa", "its scale is not a finite number"},
      {"PF 1 1 1.0 aaaaaaaaaaaa", "is a PFM in colour, which is not supported"},
      {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\naaaaa", "a PAM of 5 channels"},
      {"P7\nWIDTH 1\nHEIGHT x\n", "its HEIGHT is not a number"},
      {"P7\nWIDTH 1\nHEIGHT 1\n", "is truncated"},
  };
  for (const auto& [content, expected] : cases) {
    expect_error(bytes_of(content), "a.pnm", expected);
  }
}

TEST(Pnm, ReadsPam) {
  const std::string header =
      "P7\n# comment\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 3\n"
      "TUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n";
  const Raster raster = decode_raster(bytes_of(header + std::string("\0\1\2\3", 4)), "a.pam");
  EXPECT_EQ(raster.mode, PixelMode::la);
  EXPECT_EQ(raster.pixels, (Bytes{0, 85, 170, 255}));
  const std::string wide = "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 65535\nENDHDR\n";
  EXPECT_EQ(decode_raster(bytes_of(wide + "\xff\xff\x80\x80" + std::string(2, '\0')), "a").pixels,
            (Bytes{255, 128, 0}));
}

TEST(Pnm, CommentsDoNotEndNumbers) {
  EXPECT_EQ(decode_raster(bytes_of("P2\n3 1\n255\n1#c\n2 3 4\n"), "a.pgm").pixels,
            (Bytes{12, 3, 4}));
}

TEST(Tga, IsRecognizedWithoutItsName) {
  int files = 0;
  for (const auto& [name, bytes] : golden_images()) {
    const image::ImageFormat* format = image::find_format(bytes);
    ASSERT_NE(format, nullptr) << name;
    EXPECT_EQ(std::string(format->name) == "TGA", name.ends_with(".tga")) << name;
    files += name.ends_with(".tga") ? 1 : 0;
  }
  EXPECT_GE(files, 20);
}

TEST(Tga, OtherDataIsNotTaken) {
  const Bytes tga = golden_images().at("rgb_00.tga");
  EXPECT_EQ(image::find_format(Bytes(5000, 0)), nullptr);
  EXPECT_EQ(image::find_format(Bytes(17, 1)), nullptr);
  // Without the name, a file that is too short for its pixels may be anything.
  const Bytes cut(tga.begin(), tga.end() - 1);
  EXPECT_EQ(image::find_format(cut), nullptr);
  EXPECT_NE(image::find_format(cut, "photos/A.TGA"), nullptr);
  expect_error(cut, "a.tga", "cannot hold the");
  // One wrong field at a time: palette type, image type, width, depth, flags.
  for (const auto& [at, value] : {std::pair{1, 2}, {2, 4}, {2, 0}, {12, 0}, {16, 9}, {17, 0x80}}) {
    Bytes broken = tga;
    broken[static_cast<size_t>(at)] = static_cast<uint8_t>(value);
    EXPECT_EQ(image::find_format(broken), nullptr) << at;
  }
}

TEST(Tga, RunsMayContinueInTheNextRow) {
  Bytes bytes = golden_images().at("grey_rle.tga");
  bytes.resize(18);
  const int pixels = 19 * 13;
  for (int left = pixels; left > 0; left -= 128) {
    bytes.push_back(static_cast<uint8_t>(0x80 | (std::min(left, 128) - 1)));
    bytes.push_back(static_cast<uint8_t>(left));
  }
  const Raster raster = decode_raster(bytes, "a.tga");
  EXPECT_EQ(raster.pixels.back(), static_cast<uint8_t>(pixels));  // stored from the bottom
  EXPECT_EQ(raster.pixels.front(), static_cast<uint8_t>(pixels - 128));
  bytes.resize(bytes.size() - 1);
  expect_error(bytes, "a.tga", "is truncated");
}

TEST(Tga, SmallFilesCannotClaimHugeSizes) {
  Bytes bytes = golden_images().at("grey_rle.tga");
  bytes[12] = bytes[13] = bytes[14] = bytes[15] = 0x30;  // 12336 x 12336
  expect_error(bytes, "a.tga", "cannot hold the 12336 x 12336");
}

TEST(OtherFormats, AreNamed) {
  expect_error(bytes_of("8BPS\0\1and more data"), "a.psd",
               "'a.psd' is a Photoshop document (PSD), which is not supported");
  expect_error(bytes_of("<html><head>"), "a.jpg", "'a.jpg' is not an image: it is an HTML page");
  expect_error(bytes_of("qoif and more data"), "a", "'a' is a QOI image, which is not supported");
}

}  // namespace
}  // namespace sightline
