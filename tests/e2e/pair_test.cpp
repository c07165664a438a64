// Pairs of towers, and single towers, on the command line, with the shipped towers.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

class Pair : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(text_ / "config.json") || !fs::exists(image_ / "config.json"))
      GTEST_SKIP() << "models/emoji-bert and models/emoji-resnet are missing";
    folder_ = fresh_folder("pair");
    write_bytes(folder_ / "texts.txt", "a red heart\nflag\n");
    write_bytes(folder_ / "image.bmp", bmp_image(1));
  }

  std::string spec(const std::string& more = "") const {
    return "text=" + text_.string() + ",image=" + image_.string() + more;
  }
  // The bytes of the vectors of the two texts.
  std::string vectors(const std::string& model, const std::string& name) {
    const fs::path out = folder_ / name;
    const Finished done =
        sightline({"encode", "--model", model, "--texts", folder_ / "texts.txt", "--out", out});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return done.exit_code == 0 ? read_bytes(out) : "";
  }

  fs::path models_ = fs::path(SIGHTLINE_SOURCE_DIR) / "models";
  fs::path text_ = models_ / "emoji-bert", image_ = models_ / "emoji-resnet";
  fs::path folder_;
};

TEST_F(Pair, TheSeedDeterminesTheVectorsAndIsPrinted) {
  const std::string zero = vectors(spec(), "zero.npy");
  EXPECT_EQ(zero, vectors(spec(",seed=0"), "also_zero.npy"));
  EXPECT_NE(zero, vectors(spec(",seed=1"), "one.npy"));
  EXPECT_EQ(zero, vectors(models_ / "emoji-baseline", "directory.npy"));
  const Finished done = sightline({"models", spec(",seed=5"), "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto model = parse_json(done.out)["models"][0];
  EXPECT_EQ(model["family"], "pair");
  EXPECT_EQ(model["name"], "emoji-bert+emoji-resnet");
  EXPECT_EQ(model["seed"], 5);
  EXPECT_NE(sightline({"models", spec(",seed=5")}).out.find("seed 5"), std::string::npos);
}

TEST_F(Pair, ErrorsNameTheCause) {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& words,
                          int exit_code = 1) {
    const Finished done = sightline(arguments);
    EXPECT_EQ(done.exit_code, exit_code) << done.err;
    EXPECT_NE(done.err.find(words), std::string::npos) << done.err;
  };
  const std::string out = folder_ / "x.npy";
  refused({"encode", "--model", "text=" + text_.string(), "--texts", folder_ / "texts.txt", "--out",
           out},
          "has no image", 2);
  refused({"encode", "--model", spec(",seed=x"), "--texts", folder_ / "texts.txt", "--out", out},
          "'x'", 2);
  refused({"encode", "--model", spec(",projection=none"), "--texts", folder_ / "texts.txt", "--out",
           out},
          "needs a projection", 2);
  refused({"encode", "--model", text_, "--images", folder_ / "image.bmp", "--out", out},
          "has no image tower");
  refused({"encode", "--model", image_, "--texts", folder_ / "texts.txt", "--out", out},
          "has no text tower");
  EXPECT_FALSE(fs::exists(out));
  const fs::path data = write_small_dataset("pair_data");
  refused({"search", "--model", text_, "--dataset", data, "a cat"},
          "--model text=" + text_.string() + ",image=PATH");
  refused({"eval", "--model", image_, "--dataset", data, "--out", folder_ / "report"},
          "text=PATH,image=" + image_.string());
}

TEST_F(Pair, SingleTowersEncodeTheirInputs) {
  const fs::path unit = folder_ / "unit.npy", raw = folder_ / "raw.npy";
  for (const auto& [out, more] : {std::pair(unit, std::vector<std::string>{}),
                                  std::pair(raw, std::vector<std::string>{"--raw"})}) {
    std::vector<std::string> arguments = {
        "encode", "--model", image_, "--images", folder_ / "image.bmp", "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished done = sightline(arguments);
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  EXPECT_NE(read_bytes(unit), read_bytes(raw));
  EXPECT_NE(sightline({"tokenize", "--model", spec(), "red heart"}).out.find("[CLS]"),
            std::string::npos);
  EXPECT_EQ(sightline({"preprocess", "--model", spec(), folder_ / "image.bmp", "--out",
                       folder_ / "p.npy"})
                .exit_code,
            0);
}

TEST_F(Pair, ResultsNameTheProjection) {
  const fs::path data = write_small_dataset("pair_results");
  const Finished done =
      sightline({"eval", "--model", spec(",seed=9"), "--dataset", data, "--no-figures",
                 "--no-cache", "--out", folder_ / "report", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto model = parse_json(done.out)["models"][0];
  EXPECT_EQ(model["seed"], 9);
  EXPECT_EQ(model["projection"], "untrained linear layer 128 -> 98, seed 9");
}

}  // namespace
}  // namespace sightline::testing
