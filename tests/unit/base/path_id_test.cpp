#include "base/path_id.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sightline {
namespace {

TEST(PathId, KeepsUtf8) {
  for (const char* path : {"", "a/b.jpg", "grün/猫.jpg", "C:\\photos", "a\\xzz", "a\\x41.jpg",
                           "new\nline.jpg", "\xf0\x9f\x90\x88.png"}) {
    EXPECT_EQ(path_id(path), path);
    EXPECT_EQ(path_of_id(path), path);
  }
}

TEST(PathId, EscapesOtherBytes) {
  EXPECT_EQ(path_id("caf\xe9.jpg"), "caf\\xE9.jpg");
  EXPECT_EQ(path_id("\xff/\xc3\xa9/\xc3"), "\\xFF/\xc3\xa9/\\xC3");
  EXPECT_EQ(path_id("\xed\xa0\x80"), "\\xED\\xA0\\x80");  // a surrogate
  EXPECT_EQ(path_id("\xc0\xaf"), "\\xC0\\xAF");           // an overlong form
  EXPECT_EQ(path_id("\\xE9"), "\\x5CxE9");                // the text, not the byte
}

TEST(PathId, IsReversibleAndUnique) {
  std::mt19937 random(3);
  const std::string alphabet = "\\x5CE9\xe9\xc3\xa9\xff/";
  std::set<std::string> paths, ids;
  for (int i = 0; i < 20000; ++i) {
    std::string path;
    for (size_t size = random() % 9; size > 0; --size) path += alphabet[random() % alphabet.size()];
    EXPECT_EQ(path_of_id(path_id(path)).native(), path);
    paths.insert(path);
    ids.insert(path_id(path));
  }
  EXPECT_EQ(paths.size(), ids.size());
}

}  // namespace
}  // namespace sightline
