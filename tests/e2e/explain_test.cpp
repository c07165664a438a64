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

TEST(Explain, RefusesOptionsOfTheOtherMethod) {
  const auto error = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"explain", image(), "a red heart", "--model", kModel};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished done = sightline(arguments);
    EXPECT_EQ(done.exit_code, 2) << done.err;
    return done.err;
  };
  EXPECT_TRUE(has(error({"--masks", "20"}), "--masks is an option of --method rise"));
  EXPECT_TRUE(has(error({"--seed", "1"}), "--seed is an option of --method rise"));
  EXPECT_TRUE(has(error({"--method", "rise", "--window", "2"}),
                  "--window is an option of --method occlusion"));
  EXPECT_TRUE(has(error({"--method", "rise", "--seed", "-1"}), "--seed"));
}

// A data set of two images with three captions, two of which are equal.
fs::path captioned() {
  const fs::path folder = fresh_folder("captioned");
  for (const char* name : {"a.bmp", "b.bmp", "c.bmp"})
    write_bytes(folder / name, bmp_image(name[0]));
  write_bytes(folder / "metadata.jsonl",
              "{\"file_name\": \"a.bmp\", \"text\": \"a red heart\"}\n"
              "{\"file_name\": \"b.bmp\", \"text\": \"a dog\"}\n"
              "{\"file_name\": \"c.bmp\", \"text\": \"a dog\"}\n");
  return folder;
}

TEST(Explain, ListsTheNearestCaptions) {
  const std::string folder = captioned();
  const std::string library = fresh_folder("explained_library") / "library";
  const auto explained = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"explain", image(), "a red heart", "--model", kModel});
    return sightline(more);
  };
  const Finished text = explained({"--dataset", folder, "--no-cache"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(has(text.out, "nearest of 2 different captions")) << text.out;
  EXPECT_EQ(
      sightline({"index", "--library", library, "--model", kModel, "--dataset", folder}).exit_code,
      0);
  for (const auto& source : {std::vector<std::string>{"--dataset", folder},
                             std::vector<std::string>{"--library", library}}) {
    const Finished done = explained({source[0], source[1], "--no-cache", "--json"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    const auto json = parse_json(done.out);
    EXPECT_EQ(json["captions_compared"], 2);
    ASSERT_EQ(json["captions"].size(), 2u);
    EXPECT_GE(json["captions"][0]["similarity"], json["captions"][1]["similarity"]);
    for (const auto& caption : json["captions"]) {
      if (caption["text"] != "a red heart") continue;
      EXPECT_NEAR(caption["similarity"].get<double>(), json["similarity"].get<double>(), 1e-5);
    }
  }
  const Finished one = explained({"--dataset", folder, "--captions", "1", "--no-cache", "--json"});
  EXPECT_EQ(parse_json(one.out)["captions"].size(), 1u);
}

TEST(Explain, SaysThatNoPartOfAFlatImageStandsOut) {
  const fs::path file = fresh_folder("flat") / "flat.ppm";
  write_bytes(file, "P6 8 8 255\n" + std::string(192, '\xff'));
  const Finished done = sightline({"explain", file, "white", "--model", kModel});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(has(done.out, "no part stands out")) << done.out;
}

TEST(Explain, WarnsWhereThereAreNoCaptions) {
  const fs::path folder = fresh_folder("uncaptioned");
  write_bytes(folder / "a.bmp", bmp_image(1));
  const Finished done = sightline(
      {"explain", image(), "a red heart", "--model", kModel, "--dataset", folder, "--no-cache"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(has(done.err, "no caption in")) << done.err;
  EXPECT_FALSE(has(done.out, "nearest of")) << done.out;
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
  refused({bmp, "a", "--model", kModel, "--dataset", "a", "--library", "b"}, 2, "not both");
  refused({bmp, "a", "--model", kModel, "--library", "nowhere"}, 1, "no library");
  refused({bmp, "a", "--model", kModel, "--dataset", "nowhere"}, 1, "nowhere");
  std::string many = "word";
  for (int i = 0; i < 512; ++i) many += " word";
  refused({bmp, many, "--model", kModel}, 2, "513 words; expected at most 512");
}

}  // namespace
}  // namespace sightline::testing
