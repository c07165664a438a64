#include "image/extensions.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "image/formats.h"

namespace sightline::image {
namespace {

TEST(Extensions, AreLowerCaseAndDistinct) {
  const std::set<std::string_view> distinct(extensions().begin(), extensions().end());
  EXPECT_EQ(distinct.size(), extensions().size());
  for (const auto extension : extensions()) EXPECT_EQ(lower(extension), extension);
}

TEST(Extensions, ContainEveryFormats) {
  for (const ImageFormat& format : image_formats()) {
    EXPECT_TRUE(has_image_extension(format.extension)) << format.name;
  }
}

TEST(Extensions, PreferJpegAsTheFirst) {
  EXPECT_EQ(extensions().front(), "jpg");
}

TEST(Extensions, FindsTheDotOfAnImagesExtension) {
  EXPECT_EQ(extension_position("a.jpg"), 1u);
  EXPECT_EQ(extension_position("a/b.c/d.JPEG"), 7u);
  EXPECT_EQ(extension_position("photo.jpg.json"), 14u);
  for (const char* name : {"", "jpg", "a.txt", "a.jpg/b", "a.", ".", "a.jpgx"}) {
    EXPECT_FALSE(has_image_extension(name)) << name;
  }
  EXPECT_TRUE(has_image_extension("IMG_0001.HEIC"));
  EXPECT_TRUE(has_image_extension("\xff\xfe.png"));
}

}  // namespace
}  // namespace sightline::image
