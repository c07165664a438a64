// Progressive JPEG files of many scans, arithmetic coding, and the kinds that are not supported.
#include <gtest/gtest.h>
#include <cstdio>

#include <jpeglib.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "unit/image/golden_files.h"

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

void put(Bytes& out, std::initializer_list<int> values) {
  for (const int value : values) out.push_back(static_cast<uint8_t>(value));
}

void put_segment(Bytes& out, int marker, const Bytes& body) {
  const size_t length = body.size() + 2;
  put(out, {0xff, marker, static_cast<int>(length >> 8), static_cast<int>(length & 255)});
  out.insert(out.end(), body.begin(), body.end());
}

// A scan of the coefficients first to last without data. libjpeg takes missing data as zeros.
void put_scan(Bytes& out, int first, int last) {
  put_segment(out, 0xda, {1, 1, 0, static_cast<uint8_t>(first), static_cast<uint8_t>(last), 0});
}

// A grey JPEG of `type` (SOF2: progressive, SOF10: the same with arithmetic coding) of one DC scan
// and `scans` - 1 AC scans.
Bytes many_scans(int type, int side, int scans, int bits = 8) {
  Bytes out = {0xff, 0xd8};
  Bytes table(65, 1);
  table[0] = 0;
  put_segment(out, 0xdb, table);
  put_segment(out, 0xc0 + type,
              {static_cast<uint8_t>(bits), static_cast<uint8_t>(side >> 8),
               static_cast<uint8_t>(side & 255), static_cast<uint8_t>(side >> 8),
               static_cast<uint8_t>(side & 255), 1, 1, 0x11, 0});
  for (const int table_class : {0x00, 0x10}) {
    Bytes huffman(18, 0);  // one code of length 1 for the value 0
    huffman[0] = static_cast<uint8_t>(table_class);
    huffman[1] = 1;
    put_segment(out, 0xc4, huffman);
  }
  put_scan(out, 0, 0);
  for (int i = 1; i < scans; ++i) put_scan(out, 1, 63);
  put(out, {0xff, 0xd9});
  out.resize(out.size() + 4096, 0);  // so that the file may hold the pixels
  return out;
}

Error error_of(const Bytes& bytes) {
  try {
    decode_raster(bytes, "a.jpg");
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorCode::internal, "none");
}

TEST(Jpeg, RejectsThousandsOfScans) {
  for (const int type : {2, 10}) {
    SCOPED_TRACE(type);
    const Error error = error_of(many_scans(type, 2048, 5000));
    EXPECT_EQ(error.code(), ErrorCode::limit_exceeded) << error.what();
    EXPECT_NE(std::string(error.what()).find("more than 500 scans, the limit for 2048 x 2048"),
              std::string::npos)
        << error.what();
  }
}

TEST(Jpeg, TheLimitOfScansDependsOnTheSize) {
  const Error error = error_of(many_scans(2, 9000, 60));
  EXPECT_NE(std::string(error.what()).find("more than 32 scans"), std::string::npos)
      << error.what();
  EXPECT_EQ(decode_raster(many_scans(2, 9000, 32), "a").width, 9000);
}

// The scans are behind an end marker in a comment, where only decoding finds them.
TEST(Jpeg, RejectsHiddenScans) {
  Bytes bytes = many_scans(2, 1024, 600);
  const Bytes comment = {0xff, 0xfe, 0, 4, 0xff, 0xd9};
  const Bytes scan = {0xff, 0xda};
  const auto second =
      std::search(std::search(bytes.begin(), bytes.end(), scan.begin(), scan.end()) + 1,
                  bytes.end(), scan.begin(), scan.end());
  bytes.insert(second, comment.begin(), comment.end());
  EXPECT_EQ(error_of(bytes).code(), ErrorCode::limit_exceeded);
}

TEST(Jpeg, AcceptsAFewHundredScans) {
  for (const int type : {2, 10}) {
    EXPECT_EQ(decode_raster(many_scans(type, 256, 500), "a").width, 256);
  }
}

Bytes encode(bool arithmetic, bool progressive) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = 67;
  info.image_height = 41;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  info.arith_code = arithmetic ? TRUE : FALSE;
  if (progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row(size_t{3} * info.image_width);
  JSAMPROW rows = row.data();
  while (info.next_scanline < info.image_height) {
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = static_cast<uint8_t>(i * 7 + info.next_scanline * 13);
    }
    jpeg_write_scanlines(&info, &rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const Bytes out(buffer, buffer + size);
  std::free(buffer);
  return out;
}

TEST(Jpeg, ArithmeticCodingChangesNoPixel) {
  const Bytes huffman = decode_raster(encode(false, false), "huffman").pixels;
  EXPECT_EQ(decode_raster(encode(true, false), "arithmetic").pixels, huffman);
  EXPECT_EQ(decode_raster(encode(true, true), "arithmetic, progressive").pixels, huffman);
}

TEST(Jpeg, ArithmeticCodingOfAHugeSizeIsRejected) {
  Bytes bytes = many_scans(10, 13000, 1);
  bytes.resize(200);
  const Error error = error_of(bytes);
  EXPECT_EQ(error.code(), ErrorCode::invalid_data);
  EXPECT_NE(std::string(error.what()).find("cannot hold the 13000 x 13000"), std::string::npos);
}

TEST(Jpeg, NamesTheKindThatIsNotSupported) {
  const struct {
    int type;
    int bits;
    const char* expected;
  } cases[] = {{3, 8, "'a.jpg' is a lossless JPEG, which is not supported"},
               {11, 8, "'a.jpg' is a lossless JPEG, which is not supported"},
               {5, 8, "'a.jpg' is a JPEG of type SOF5, which is not supported"},
               {1, 12, "'a.jpg' is a JPEG of 12-bit samples, which is not supported"}};
  for (const auto& [type, bits, expected] : cases) {
    const Error error = error_of(many_scans(type, 64, 1, bits));
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_STREQ(error.what(), expected);
  }
}

}  // namespace
}  // namespace sightline
