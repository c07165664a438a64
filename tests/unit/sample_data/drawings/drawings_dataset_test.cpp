#include <gtest/gtest.h>
#include <sightline/drawings_dataset.h>

#include <map>
#include <string>

#include "base/file.h"
#include "image/draw_svg.h"
#include "sample_data/sample_folder.h"
#include "unit/data/rows.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

std::string svg(const std::string& title, const std::string& content,
                const std::string& licence = "http://web.resource.org/cc/PublicDomain") {
  return "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60'><metadata><RDF><Work>"
         "<title>" +
         title + "</title><license resource='" + licence + "'/></Work></RDF></metadata>" + content +
         "</svg>";
}

std::string rectangle(int x, int y, int width, int height, const std::string& colour) {
  return "<rect x='" + std::to_string(x) + "' y='" + std::to_string(y) + "' width='" +
         std::to_string(width) + "' height='" + std::to_string(height) + "' fill='" + colour +
         "'/>";
}

// Two drawings, and one file for each rule that leaves one out.
DrawingsSources write_package(const TemporaryFolder& folder) {
  const auto add = [&](const std::string& path, const std::string& document) {
    folder.write("package/" + path, document);
  };
  const std::string wide = rectangle(0, 0, 90, 10, "red"), tall = rectangle(9, 0, 9, 60, "navy");
  add("food/apple_01.svg", svg("Red Apple 1", wide));
  add("food/fruit/pear.svg", svg("A pear", tall));
  fs::create_symlink("apple_01.svg", folder.path() / "package/food/link.svg");
  add("a/gpl.svg", svg("pear", wide, "http://creativecommons.org/licenses/GPL/2.0/"));
  add("shapes/square.svg", svg("pear", wide));
  add("a/people.svg", svg("nude with pear", wide));
  add("a/foreign.svg", svg("xyzzy", wide));
  add("a/broken.svg", svg("pear", std::string(4096, ' ') + "<rect>"));
  add("a/white.svg", svg("pear", ""));
  add("food/same.svg", svg("pear", wide));
  add("food/notes.txt", "not a drawing");
  DrawingsSources sources;
  sources.drawings = folder.path() / "package";
  sources.words = folder.write("words", "apple\npear\nnude\nred\n");
  return sources;
}

class DrawingsDataset : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!image::can_draw_svg()) GTEST_SKIP() << "this build has no librsvg";
  }
};

TEST_F(DrawingsDataset, AppliesEveryRule) {
  const TemporaryFolder folder;
  const auto made = make_drawings_dataset(folder.path() / "out", {}, write_package(folder));
  EXPECT_EQ(made.files, 10);
  EXPECT_EQ(made.train + made.test + made.novel, 2);
  std::map<std::string, int64_t> left_out;
  for (const auto& [rule, files] : made.left_out) {
    if (files > 0) left_out[rule] = files;
  }
  EXPECT_EQ(left_out, (std::map<std::string, int64_t>{{"symbolic link", 1},
                                                      {"not in the public domain", 1},
                                                      {"folder shapes/", 1},
                                                      {"not for every audience", 1},
                                                      {"no English caption", 1},
                                                      {"librsvg cannot draw it", 1},
                                                      {"blank or in one colour", 1},
                                                      {"near duplicate", 1}}));
  const auto rows = read_all(folder.path() / "out");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].captions, std::vector<std::string>{"red apple"});
  EXPECT_EQ(rows[0].extra.at("title"), "Red Apple 1");
  EXPECT_EQ(rows[0].extra.at("source"), "food/apple_01.svg");
  EXPECT_EQ(rows[0].extra.at("group"), "food");
  EXPECT_EQ(rows[0].extra.at("subgroup"), "");
  EXPECT_EQ(rows[1].captions, std::vector<std::string>{"pear"});
  EXPECT_EQ(rows[1].extra.at("subgroup"), "fruit");
  EXPECT_EQ(rows[1].extra.at("licence"), "http://web.resource.org/cc/PublicDomain");
}

TEST_F(DrawingsDataset, IsMadeAgainOnlyIfTheSourcesOrTheFilesChanged) {
  const TemporaryFolder folder;
  const auto sources = write_package(folder);
  const fs::path out = folder.path() / "out";
  const auto made = make_drawings_dataset(out, {}, sources);
  const auto again = make_drawings_dataset(out, {}, sources);
  EXPECT_TRUE(again.already_there);
  EXPECT_EQ(again.files, made.files);
  EXPECT_EQ(again.left_out.size(), made.left_out.size());
  EXPECT_EQ(again.captions.size(), made.captions.size());
  folder.write("package/food/third.svg", svg("Red pear", rectangle(0, 0, 9, 9, "green")));
  EXPECT_FALSE(make_drawings_dataset(out, {}, sources).already_there);
  fs::remove(fs::directory_iterator(out / "images")->path());
  EXPECT_FALSE(make_drawings_dataset(out, {}, sources).already_there);
  EXPECT_EQ(read_all(out).size(), 3u);
}

TEST_F(DrawingsDataset, RefusesAFolderOfAnotherDataSet) {
  const TemporaryFolder folder;
  const auto sources = write_package(folder);
  folder.write("out/manifest.json", "{\"made_by\": \"sightline dataset emoji\"}");
  const auto error = error_of([&] { make_drawings_dataset(folder.path() / "out", {}, sources); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(folder.path() / "out/images"));
}

TEST_F(DrawingsDataset, CanBeCancelledAtEveryReport) {
  const TemporaryFolder folder;
  const auto sources = write_package(folder);
  for (const std::string stage : {"reading drawings", "drawing"}) {
    const auto error = error_of([&] {
      make_drawings_dataset(
          folder.path() / "out",
          [&](const ProgressUpdate& update) {
            if (update.stage == stage) throw Error(ErrorCode::cancelled, "stop");
          },
          sources);
    });
    ASSERT_TRUE(error) << stage;
    EXPECT_EQ(error->code(), ErrorCode::cancelled);
    EXPECT_FALSE(fs::exists(folder.path() / "out")) << stage;
  }
}

TEST(MissingPackages, AreNamedTogether) {
  const TemporaryFolder folder;
  MissingPackages missing;
  missing.need(folder.path(), "installed");
  missing.check("the data set");
  for (const char* package : {"openclipart-svg", "wamerican"})
    missing.need(folder.path() / package, package);
  const auto error = error_of([&] { missing.check("the data set"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::not_found);
  EXPECT_NE(std::string(error->what()).find("apt-get install openclipart-svg wamerican"),
            std::string::npos);
}

TEST_F(DrawingsDataset, GivenSourcesThatDoNotExistAreNamed) {
  const TemporaryFolder folder;
  for (const bool drawings : {true, false}) {
    DrawingsSources sources = write_package(folder);
    const fs::path missing = folder.path() / "none";
    (drawings ? sources.drawings : sources.words) = missing;
    const auto error = error_of([&] { make_drawings_dataset(folder.path() / "out", {}, sources); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::not_found);
    EXPECT_EQ(std::string(error->what()).find("'" + missing.string() + "' does not exist"), 0u)
        << error->what();
    fs::remove_all(folder.path() / "package");
  }
}

// "citr\xF3n.svg" and its folder are in Latin-1.
TEST_F(DrawingsDataset, NamesThatAreNotUtf8AreEscaped) {
  const TemporaryFolder folder;
  DrawingsSources sources = write_package(folder);
  folder.write(
      "package/fr\xFC"
      "hling/citr\xF3n.svg",
      svg("red pear", rectangle(40, 5, 9, 40, "green")));
  const auto made = make_drawings_dataset(folder.path() / "out", {}, sources);
  EXPECT_EQ(made.train + made.test + made.novel, 3);
  const std::string rows = read_text_file(folder.path() / "out/metadata.jsonl");
  EXPECT_NE(rows.find("fr\\\\xFChling/citr\\\\xF3n.svg"), std::string::npos) << rows;
  EXPECT_TRUE(make_drawings_dataset(folder.path() / "out", {}, sources).already_there);
}

TEST_F(DrawingsDataset, AFolderWithoutDrawingsIsAnError) {
  const TemporaryFolder folder;
  DrawingsSources sources;
  sources.drawings = folder.path();
  sources.words = folder.write("words", "apple\n");
  const auto error = error_of([&] { make_drawings_dataset(folder.path() / "out", {}, sources); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace sightline
