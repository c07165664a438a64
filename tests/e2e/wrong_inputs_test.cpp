// Inputs that look right and are not: each is an error or a warning, never silent.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kSource = SIGHTLINE_SOURCE_DIR;
const std::string kModel = kSource + "/models/emoji-vit-8";

void expect_says(const Finished& finished, int exit_code, const std::string& part) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
  EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
}

class WrongInputs : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("wrong-inputs");
    for (uint32_t i = 0; i < 4; ++i) {
      write_bytes(folder_ / "photos" / ("P000" + std::to_string(i) + ".bmp"), bmp_image(i + 1));
    }
  }

  Finished encode(const std::string& what, const std::string& input, const std::string& out) const {
    return sightline(
        {"encode", "--model", kModel, "--no-cache", what, input, "--out", folder_ / out});
  }
  Finished search(std::vector<std::string> rest) const {
    rest.insert(rest.begin(), {"search", "--no-cache", "--model", kModel});
    return sightline(rest);
  }

  fs::path folder_;
};

TEST_F(WrongInputs, AnEmptyFolderIsTheSameErrorInEveryCommand) {
  const std::string empty = fresh_folder("empty-folder"), out = folder_ / "out";
  const std::vector<std::vector<std::string>> calls = {
      {"dataset", "info", empty},
      {"dataset", "convert", empty, out, "--to", "csv"},
      {"encode", "--model", kModel, "--images", empty, "--out", out + ".npy"},
      {"encode", "--model", kModel, "--dataset", empty, "--out", out + ".npy"},
      {"eval", "--model", kModel, "--dataset", empty, "--out", out, "--no-figures"},
      {"search", "--model", kModel, "--dataset", empty, "a cat"},
      {"bench", "--model", kModel, "--what", "preprocess", "--images", empty, "--rounds", "1"},
      {"verify", kModel, "--images", empty}};
  for (const auto& call : calls) {
    const Finished done = sightline(call);
    expect_says(done, 1, "sightline: there is no image in '" + empty + "'");
    EXPECT_TRUE(done.out.empty()) << done.out;
    EXPECT_FALSE(fs::exists(out)) << call[0];
  }
  SIGHTLINE_NEEDS_TRAINING();
  expect_says(
      sightline({"train", write_small_recipe("empty-recipe", 1), "--dataset", empty, "--out", out}),
      1, "sightline: there is no image in '" + empty + "'");
}

TEST_F(WrongInputs, OutputsDoNotReplaceOrEnlargeTheInput) {
  const fs::path photos = folder_ / "photos", query = folder_ / "query.png";
  const fs::path photo = photos / "P0000.png";
  fs::copy_file(photos / "P0000.bmp", photo);
  fs::copy_file(photo, query);
  const std::string bytes = read_bytes(photo);
  expect_says(search({"--dataset", photos, "--grid", photo, "a cat"}), 2, "is in the input folder");
  expect_says(search({"--dataset", photos, "--image", query, "--grid", query}), 2,
              "would replace the input");
  EXPECT_EQ(read_bytes(photo), bytes);
  EXPECT_EQ(read_bytes(query), bytes);
  expect_says(sightline({"dataset", "convert", photos, photos / "copy", "--to", "csv"}), 2,
              "is in the input folder");
  EXPECT_FALSE(fs::exists(photos / "copy"));
}

TEST_F(WrongInputs, StandardInputIsReadOnce) {
  expect_says(search({"--dataset", folder_ / "photos", "--image", "-", "--queries", "-"}), 2,
              "standard input can be read only once");
}

TEST_F(WrongInputs, AnEmptyQueryIsAnError) {
  for (const char* text : {"", "  "}) {
    expect_says(search({"--dataset", folder_ / "photos", text}), 2, "a query is an empty text");
    expect_says(sightline({"eval", "--dataset", small_dataset(), "--model", kModel, "--no-figures",
                           "--no-cache", "--query", text, "--out", folder_ / "report"}),
                2, "a query is an empty text");
  }
  EXPECT_FALSE(fs::exists(folder_ / "report"));
}

TEST_F(WrongInputs, ImagesAreNotTexts) {
  const fs::path golden = fs::path(kSource) / "tests/golden/image";
  fs::path jpeg;
  for (const auto& entry : fs::directory_iterator(golden)) {
    if (entry.path().extension() == ".jpg") jpeg = entry.path();
  }
  ASSERT_FALSE(jpeg.empty());
  fs::copy_file(jpeg, folder_ / "photo.jpg");
  write_bytes(folder_ / "photo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"\nwidth=\"1\"/>\n");
  write_bytes(folder_ / "photo.ppm", "P3\n1 1\n255\n1\n2\n3\n");
  for (const char* name : {"photo.jpg", "photo.svg", "photo.ppm", "photos/P0001.bmp"}) {
    const Finished done = encode("--texts", folder_ / name, "t.npy");
    expect_says(done, 1, "is an image (");
    expect_says(done, 1, "images are given with --images");
  }
  EXPECT_FALSE(fs::exists(folder_ / "t.npy"));
  write_bytes(folder_ / "bmw.txt", "BMW in the street\nP3 road\n");
  EXPECT_EQ(encode("--texts", folder_ / "bmw.txt", "t.npy").exit_code, 0);
}

TEST_F(WrongInputs, HitsAmongTextsAreAnnounced) {
  write_bytes(folder_ / "texts.txt", "a red heart\na cat\n");
  ASSERT_EQ(encode("--texts", folder_ / "texts.txt", "t.npy").exit_code, 0);
  const Finished done = search({"--vectors", folder_ / "t.npy", "a heart"});
  expect_says(done, 0, "are of texts, so that the hits are texts, not images");
  expect_says(search({"--vectors", folder_ / "t.npy", "--grid", folder_ / "g.png", "a heart"}), 2,
              "has vectors of texts");
}

TEST_F(WrongInputs, ALongQueryIsAnnouncedByBothKindsOfSearch) {
  ASSERT_EQ(encode("--images", folder_ / "photos", "v.npy").exit_code, 0);
  std::string text;
  for (int i = 0; i < 100; ++i) text += "heart ";
  for (const auto& where : {std::vector<std::string>{"--dataset", folder_ / "photos"},
                            std::vector<std::string>{"--vectors", folder_ / "v.npy"}}) {
    expect_says(search({where[0], where[1], text}), 0, "was read in 4 parts");
  }
}

TEST_F(WrongInputs, AQueryThatIsAPathIsAnnounced) {
  fs::create_directory(folder_ / "exif");
  const std::string photos = folder_ / "photos", exif = folder_ / "exif";
  expect_says(search({"--dataset", photos, exif}), 0,
              "'" + exif +
                  "' is searched for as words, although there is a folder of that name; "
                  "to search in it, use --dataset");
  expect_says(search({"--dataset", photos, photos + "/P0001.bmp"}), 0, "use --image");
  EXPECT_EQ(search({"--dataset", photos, "exif"}).err, "");
}

TEST_F(WrongInputs, VectorsAndDataSetsShareIds) {
  ASSERT_EQ(encode("--images", folder_ / "photos", "a.npy").exit_code, 0);
  ASSERT_EQ(encode("--dataset", folder_ / "photos", "b.npy").exit_code, 0);
  const auto a = read_bytes(folder_ / "a.ids.jsonl"), b = read_bytes(folder_ / "b.ids.jsonl");
  EXPECT_EQ(a, b);
  EXPECT_EQ(parse_json(a.substr(0, a.find('\n')))["id"], "P0000.bmp");
}

// From another working directory, after the folder has moved, and with missing images.
TEST_F(WrongInputs, AGridFindsItsImagesOrNamesThem) {
  for (const char* what : {"--images", "--dataset"}) {
    const fs::path home = fresh_folder("grid"), photos = home / "photos";
    fs::copy(folder_ / "photos", photos);
    const std::string in_home = "cd " + home.string() + " && exec \"$0\" ";
    const auto shell = [](const std::string& command) {
      return run_command({"/bin/sh", "-c", command, SIGHTLINE_PROGRAM});
    };
    ASSERT_EQ(
        shell(in_home + "encode --no-cache --model " + kModel + " " + what + " photos --out v.npy")
            .exit_code,
        0);
    const auto grid = [&](const fs::path& at, const std::string& name) {
      return shell("cd / && exec \"$0\" search --no-cache --model " + kModel + " --vectors " +
                   (at / "v.npy").string() + " --grid " + (at / name).string() + " 'a heart'");
    };
    const Finished whole = grid(home, "whole.png");
    EXPECT_EQ(whole.exit_code, 0);
    EXPECT_EQ(whole.err, "");
    const fs::path moved = fresh_folder("grid-moved") / "there";
    fs::rename(home, moved);
    const Finished after_move = grid(moved, "moved.png");
    EXPECT_EQ(after_move.exit_code, 0);
    EXPECT_EQ(after_move.err, "");
    EXPECT_EQ(read_bytes(moved / "moved.png"), read_bytes(moved / "whole.png"));
    fs::remove(moved / "photos/P0001.bmp");
    expect_says(grid(moved, "one.png"), 0,
                "the grid has placeholders for 1 image that cannot be read again");
    EXPECT_NE(read_bytes(moved / "one.png"), read_bytes(moved / "whole.png"));
    fs::remove_all(moved / "photos");
    expect_says(grid(moved, "none.png"), 0, "placeholders for 4 images");
    EXPECT_EQ(read_bytes(moved / "none.png").substr(1, 3), "PNG");
  }
}

}  // namespace
}  // namespace sightline::testing
