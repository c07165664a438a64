// JPEG 2000 and CIELAB, whose libraries are optional: tests/golden/image_codecs.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <string>

#include "base/plugin.h"
#include "image/pixels.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

const char* plugin_of(const std::string& file) {
  return file.ends_with(".tif") ? "cielab" : "jpeg2000";
}

void expect_golden(const std::string& plugin) {
  const auto expected = golden_json("expected.json", "image_codecs")["files"];
  int files = 0;
  for (const auto& [name, bytes] : golden_images("image_codecs")) {
    if (plugin_of(name) != plugin) continue;
    SCOPED_TRACE(name);
    const Raster raster = decode_raster(bytes, name);
    EXPECT_EQ(image::mode_name(raster.mode), expected.at(name)["mode"].get<std::string>());
    EXPECT_EQ(raster.width, expected.at(name)["width"].get<int>());
    EXPECT_EQ(digest_of(to_rgb(raster).pixels), expected.at(name)["rgb"].get<std::string>());
    ++files;
  }
  EXPECT_GE(files, 2);
}

TEST(Jpeg2000, GoldenFilesEqualPillow) {
  if (!plugin_exists("jpeg2000")) GTEST_SKIP() << "built without OpenJPEG";
  expect_golden("jpeg2000");
}

TEST(Cielab, GoldenFilesEqualPillow) {
  if (!plugin_exists("cielab")) GTEST_SKIP() << "built without Little CMS";
  expect_golden("cielab");
}

Error error_of(const Bytes& bytes, const std::string& name) {
  try {
    decode_raster(bytes, name);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorCode::internal, "none");
}

// A codestream with a SIZ marker and nothing else.
Bytes codestream(uint32_t width, uint32_t height, uint32_t tile, int components) {
  Bytes out = {0xff, 0x4f, 0xff, 0x51};
  const auto put = [&](uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  put(38u + 3u * static_cast<uint32_t>(components), 2);
  put(0, 2);
  for (const uint32_t value : {width, height, 0u, 0u, tile, tile, 0u, 0u}) put(value, 4);
  put(static_cast<uint32_t>(components), 2);
  for (int i = 0; i < components; ++i) put(0x070101, 3);
  return out;
}

Bytes padded(Bytes bytes, size_t size) {
  bytes.resize(size);
  return bytes;
}

// A JP2 file whose header box has a palette.
Bytes with_palette(int channels, const Bytes& stream) {
  Bytes out = {0,  0,   0,   12,  'j', 'P', ' ', ' ', '\r', '\n', 0x87, '\n', 0,   0, 0,
               19, 'j', 'p', '2', 'h', 0,   0,   0,   11,   'p',  'c',  'l',  'r', 0, 1};
  out.push_back(static_cast<uint8_t>(channels));
  out.insert(out.end(), {0, 0, 0, 0, 'j', 'p', '2', 'c'});
  out.insert(out.end(), stream.begin(), stream.end());
  return out;
}

TEST(Jpeg2000, ChecksTheHeaderBeforeAllocating) {
  if (!plugin_exists("jpeg2000")) GTEST_SKIP() << "built without OpenJPEG";
  const struct {
    Bytes bytes;
    ErrorCode code;
    const char* expected;
  } cases[] = {
      {codestream(100000, 100000, 100000, 3), ErrorCode::limit_exceeded, "100000 x 100000"},
      {codestream(13000, 13000, 13000, 3), ErrorCode::invalid_data,
       "cannot hold the 13000 x 13000"},
      {codestream(2000, 2000, 10, 3), ErrorCode::invalid_data, "cannot hold the 40000 tiles"},
      {padded(codestream(2000, 2000, 10, 3), 600'000), ErrorCode::limit_exceeded, "40000 tiles"},
      {with_palette(200, codestream(20, 20, 20, 1)), ErrorCode::unsupported, "200 components"},
      {codestream(2000, 2000, 1, 3), ErrorCode::invalid_data, "more than 65535 tiles"},
      {codestream(20, 20, 20, 16384), ErrorCode::unsupported, "16384 components"},
      {codestream(0, 20, 20, 3), ErrorCode::invalid_data, "its size is not valid"},
      {codestream(20, 20, 20, 3), ErrorCode::invalid_data, "corrupt or truncated JPEG 2000"},
  };
  for (const auto& [bytes, code, expected] : cases) {
    const Error error = error_of(bytes, "a.j2k");
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
}

TEST(Jpeg2000, TruncatedFilesAreErrors) {
  if (!plugin_exists("jpeg2000")) GTEST_SKIP() << "built without OpenJPEG";
  for (const auto& [name, bytes] : golden_images("image_codecs")) {
    SCOPED_TRACE(name);
    for (size_t size = 1; size < bytes.size() / 2; size += 7) {
      EXPECT_NE(
          error_of(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)), name).code(),
          ErrorCode::internal);
    }
  }
}

}  // namespace
}  // namespace sightline
