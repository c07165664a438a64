// TIFF headers that claim more than the file has, and kinds that no mode represents.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <map>
#include <string>
#include <vector>

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;
using Tags = std::map<int, uint32_t>;

void put(Bytes& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// A grey 8-bit TIFF of one block of pixel data, with the tags of `changes`. next: the offset of the
// next directory; the first one is at 8.
Bytes tiff(const Tags& changes, const Bytes& data, uint32_t next = 0) {
  Tags tags = {{256, 4}, {257, 4}, {258, 8}, {259, 1}, {262, 1}, {277, 1}, {278, 4}};
  for (const auto& [tag, value] : changes) tags[tag] = value;
  const bool tiled = tags.count(322) != 0;
  if (tiled) tags.erase(278);
  const auto data_at = static_cast<uint32_t>(8 + 2 + 12 * (tags.size() + 2) + 4);
  tags[tiled ? 324 : 273] = data_at;
  tags[tiled ? 325 : 279] = static_cast<uint32_t>(data.size());
  Bytes out = {'I', 'I', 42, 0};
  put(out, 8, 4);
  put(out, static_cast<uint32_t>(tags.size()), 2);
  for (const auto& [tag, value] : tags) {
    put(out, static_cast<uint32_t>(tag), 2);
    put(out, 4, 2);  // LONG
    put(out, 1, 4);
    put(out, value, 4);
  }
  put(out, next, 4);
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

void expect_error(const Bytes& bytes, ErrorCode code, const std::string& expected) {
  try {
    decode_raster(bytes, "a.tif");
    ADD_FAILURE() << "no error: " << expected;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
}

constexpr int kWidth = 256, kHeight = 257, kBits = 258, kCompression = 259, kSamples = 277,
              kRowsPerStrip = 278, kTileWidth = 322, kTileHeight = 323, kSampleFormat = 339;

TEST(Tiff, TheBuilderOfTheseTestsIsValid) {
  EXPECT_EQ(decode_raster(tiff({}, Bytes(16, 7)), "a.tif").pixels, Bytes(16, 7));
}

TEST(Tiff, OnlyTheFirstDirectoryIsRead) {
  EXPECT_EQ(decode_raster(tiff({}, Bytes(16, 7), 8), "loop.tif").pixels, Bytes(16, 7));
  EXPECT_EQ(decode_raster(tiff({}, Bytes(16, 7), 0xfffffff0), "end.tif").pixels, Bytes(16, 7));
}

TEST(Tiff, SmallFilesCannotClaimHugeSizes) {
  const Tags huge = {{kWidth, 13000}, {kHeight, 13000}, {kRowsPerStrip, 13000}};
  expect_error(tiff(huge, Bytes(10)), ErrorCode::invalid_data, "cannot hold the 13000 x 13000");
  for (const uint32_t compression : {5u, 8u, 50000u}) {  // LZW, deflate, Zstandard
    Tags tags = huge;
    tags[kCompression] = compression;
    expect_error(tiff(tags, Bytes(10)), ErrorCode::invalid_data, "cannot hold the 13000 x 13000");
  }
  expect_error(tiff({{kWidth, 100000}, {kHeight, 100000}}, Bytes(10)), ErrorCode::limit_exceeded,
               "100000 x 100000");
}

TEST(Tiff, TilesMuchLargerThanTheImageAreRejected) {
  const Tags tile = {{kTileWidth, 32}, {kTileHeight, 32}};
  EXPECT_EQ(decode_raster(tiff(tile, Bytes(1024, 7)), "a.tif").pixels, Bytes(16, 7));
  expect_error(tiff({{kTileWidth, 32768}, {kTileHeight, 32768}, {kCompression, 8}}, Bytes(10)),
               ErrorCode::invalid_data, "corrupt or truncated TIFF");
}

TEST(Tiff, NamesSamplesThatAreNotSupported) {
  expect_error(tiff({{kBits, 64}, {kSampleFormat, 3}}, Bytes(128)), ErrorCode::unsupported,
               "'a.tif' is a TIFF of 64-bit floating-point numbers, which is not supported");
  expect_error(tiff({{kSamples, 2}, {kSampleFormat, 2}}, Bytes(32)), ErrorCode::unsupported,
               "a TIFF of 8-bit signed integers in 2 channels");
  expect_error(tiff({{kBits, 64}, {kSampleFormat, 6}}, Bytes(128)), ErrorCode::unsupported,
               "complex numbers");
}

}  // namespace
}  // namespace sightline
