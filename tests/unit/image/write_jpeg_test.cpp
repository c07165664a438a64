#include "image/write_jpeg.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace sightline {
namespace {

TEST(Jpeg, DecodesToASimilarImage) {
  Image image;
  image.width = 23;  // not a multiple of the block size
  image.height = 9;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (const int v : {x * 10, y * 20, 255 - x * 5})
        image.pixels.push_back(static_cast<uint8_t>(v));
    }
  }
  const std::string jpeg = encode_jpeg(image, 90);
  const Image back = decode_image(std::vector<uint8_t>(jpeg.begin(), jpeg.end()), "thumbnail");
  ASSERT_EQ(back.width, image.width);
  ASSERT_EQ(back.height, image.height);
  double difference = 0;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    difference += std::abs(static_cast<int>(back.pixels[i]) - static_cast<int>(image.pixels[i]));
  }
  EXPECT_LT(difference / static_cast<double>(image.pixels.size()), 3);
  EXPECT_LT(encode_jpeg(image, 20).size(), jpeg.size());
}

// libjpeg rejects images without pixels; its default error handler would call exit().
TEST(Jpeg, RejectsEmptyImages) {
  EXPECT_ANY_THROW(encode_jpeg(Image{}, 90));
}

}  // namespace
}  // namespace sightline
