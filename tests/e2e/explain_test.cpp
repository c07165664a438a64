// sightline explain.
#include <gtest/gtest.h>

#include <string>

#include "fixture.h"
#include "process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

const fs::path& image() {
  static const fs::path file = [] {
    const fs::path made = fresh_folder("explained") / "image.bmp";
    write_bytes(made, bmp_image(7));
    return made;
  }();
  return file;
}

TEST(Explain, PrintsWordsAndWritesTheMap) {
  const fs::path map = fresh_folder("explanation") / "map.png";
  const Finished done =
      sightline({"explain", image(), "a red heart", "--model", kModel, "--out", map});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  for (const char* part : {"similarity ", "red ", "contribution", "hottest at (", "map: "})
    EXPECT_TRUE(has(done.out, part)) << part << "\n" << done.out;
  EXPECT_FALSE(has(done.out, "not seen")) << done.out;
  EXPECT_TRUE(read_bytes(map).starts_with("\x89PNG"));
}

TEST(Explain, JsonHasTheMap) {
  const Finished done = sightline({"explain", image(), "a red heart", "--model", kModel, "--json",
                                   "--method", "rise", "--masks", "20", "--seed", "3"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const auto json = parse_json(done.out);
  EXPECT_EQ(json["heat"]["values"].size(), 64u);
  EXPECT_EQ(json["words"][1]["word"], "red");
  EXPECT_EQ(json["encodings"], 21);
  EXPECT_EQ(json["seed"], 3);
  EXPECT_EQ(json["width"], 24);
  EXPECT_EQ(json["seen"]["width"], 24.0);
}

TEST(Explain, SaysWhatIsWrong) {
  const std::string bmp = image();
  const auto refused = [&](std::vector<std::string> more, int code, const char* part) {
    more.insert(more.begin(), "explain");
    const Finished done = sightline(more);
    EXPECT_EQ(done.exit_code, code) << done.err;
    EXPECT_TRUE(has(done.err, part)) << done.err;
    EXPECT_EQ(done.out, "");
  };
  refused({"missing.png", "a", "--model", kModel}, 1, "cannot open 'missing.png'");
  refused({bmp, " ", "--model", kModel}, 2, "has no words");
  refused({bmp, "a", "--model", kModel, "--window", "9"}, 2, "expected 1 to 8");
  refused({bmp, "a", "--model", kModel, "--out", "map.jpg"}, 2, ".png");
  refused({bmp, "a", "--model", kModel, "--json", "--out", "-"}, 2,
          "both write to standard output");
  refused({bmp, "a", "--model", kModel, "--method", "lime"}, 2, "lime");
}

}  // namespace
}  // namespace sightline::testing
