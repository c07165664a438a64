// Small files with huge sizes in their headers are rejected; the densest valid files are accepted.
#include <gtest/gtest.h>
#include <algorithm>
#include <cstdio>

#include <jpeglib.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<uint8_t>(value));
  out.push_back(static_cast<uint8_t>(value >> 8));
}
void put32(Bytes& out, unsigned value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16);
}
void put_text(Bytes& out, const std::string& text) {
  out.insert(out.end(), text.begin(), text.end());
}

void expect_rejected(const Bytes& bytes) {
  try {
    decode_raster(bytes, "tiny");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    EXPECT_NE(std::string(error.what()).find("cannot hold the"), std::string::npos) << error.what();
  }
}

// The densest possible GIF data: each code's string is the previous one plus one zero, until the
// table is full; then the longest string is repeated.
Bytes uniform_gif(unsigned screen, unsigned side) {
  Bytes out;
  put_text(out, "GIF89a");
  put16(out, screen), put16(out, screen);
  out.insert(out.end(), {0x80, 0, 0, 0, 0, 0, 255, 255, 255, ','});
  put16(out, 0), put16(out, 0), put16(out, side), put16(out, side);
  out.insert(out.end(), {0, 2});
  Bytes data;
  unsigned held = 0, count = 0, bits = 3, next = 6;
  const auto put = [&](unsigned code) {
    held |= code << count;
    for (count += bits; count >= 8; count -= 8, held >>= 8) data.push_back(held & 255);
  };
  put(4);
  put(0);
  size_t done = 1, length = 1;
  while (done < size_t{side} * side) {
    put(next < 4096 ? next : 4095);
    length += next < 4096;
    if (next < 4096 && next++ == (1u << bits) - 1 && bits < 12) ++bits;
    done += length;
  }
  put(5), put(0), put(0);
  for (size_t at = 0; at < data.size(); at += 255) {
    const size_t size = std::min<size_t>(255, data.size() - at);
    out.push_back(static_cast<uint8_t>(size));
    out.insert(out.end(), data.begin() + static_cast<ptrdiff_t>(at),
               data.begin() + static_cast<ptrdiff_t>(at + size));
  }
  out.insert(out.end(), {0, ';'});
  return out;
}

TEST(Capacity, Gif) {
  const Raster raster = decode_raster(uniform_gif(4000, 4000), "dense");
  EXPECT_EQ(raster.width, 4000);
  EXPECT_EQ(std::count(raster.pixels.begin(), raster.pixels.end(), 0), 16000000);
  EXPECT_EQ(decode_raster(uniform_gif(4000, 1), "screen").height, 4000);
  expect_rejected(uniform_gif(13000, 1));  // a huge screen around a frame of one row
  Bytes cut = uniform_gif(4000, 4000);
  cut.resize(1000);
  expect_rejected(cut);
}

Bytes uniform_rle(unsigned width, unsigned height, bool rows) {
  Bytes out;
  put_text(out, "BM");
  put32(out, 0), put32(out, 0), put32(out, 14 + 40 + 1024);
  put32(out, 40), put32(out, width), put32(out, height), put16(out, 1), put16(out, 8);
  put32(out, 1), put32(out, 0), put32(out, 0), put32(out, 0), put32(out, 256), put32(out, 0);
  for (unsigned i = 0; i < 256; ++i) put32(out, i);
  for (unsigned y = 0; rows && y < height; ++y) {
    for (unsigned x = 0; x < width; x += 255) put16(out, std::min(255u, width - x) | 7u << 8);
    put16(out, 0);
  }
  put16(out, 1u << 8);
  return out;
}

TEST(Capacity, RunLengthBmp) {
  const Raster raster = decode_raster(uniform_rle(5100, 5000, true), "dense");
  EXPECT_EQ(std::count(raster.pixels.begin(), raster.pixels.end(), 7), 25500000);
  EXPECT_EQ(decode_raster(uniform_rle(4000, 4000, false), "empty").width, 4000);
  expect_rejected(uniform_rle(13000, 13000, false));
}

Bytes uniform_jpeg(unsigned side, bool progressive, bool optimize) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = info.image_height = side;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  info.optimize_coding = optimize ? TRUE : FALSE;
  if (progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row(size_t{3} * side, 128);
  JSAMPROW rows = row.data();
  while (info.next_scanline < side) jpeg_write_scanlines(&info, &rows, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const Bytes out(buffer, buffer + size);
  std::free(buffer);
  return out;
}

TEST(Capacity, Jpeg) {
  for (const bool progressive : {false, true}) {
    const Bytes bytes = uniform_jpeg(4000, progressive, true);
    EXPECT_EQ(decode_raster(bytes, "dense").width, 4000);
  }
  // A small image with a huge size in its header.
  Bytes bytes = uniform_jpeg(16, false, false);
  for (size_t at = 0; at + 9 < bytes.size(); ++at) {
    if (bytes[at] != 0xff || bytes[at + 1] != 0xc0) continue;
    for (const size_t high : {at + 5, at + 7})
      bytes[high] = 13000 >> 8, bytes[high + 1] = 13000 & 255;
    break;
  }
  expect_rejected(bytes);
}

}  // namespace
}  // namespace sightline
