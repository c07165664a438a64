#include <gtest/gtest.h>
#include <sightline/icons_dataset.h>

#include "base/file.h"
#include "base/json.h"
#include "expect_error.h"
#include "image/draw_svg.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

class IconsDataset : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!image::can_draw_svg()) GTEST_SKIP() << "this build cannot draw SVG";
  }
  fs::path write_package(const std::string& name, const std::string& prefix = "p") const {
    folder_.write(name + "/info.json", R"({"license": {"title": "MIT"}})");
    return folder_
        .write(name + "/icons.json", R"({"prefix": ")" + prefix + R"(", "icons": {
          "cat": {"body": "<circle cx='8' cy='8' r='7'/>"},
          "page": {"body": "<rect width='16' height='16'/>"}}})")
        .parent_path();
  }
  std::string manifest() const { return read_text_file(out_ / "manifest.json"); }

  TemporaryFolder folder_;
  fs::path out_ = folder_.path() / "out";
};

TEST_F(IconsDataset, IconsInOneColourAreLeftOut) {
  const auto made = make_icons_dataset(out_, write_package("package"));
  EXPECT_EQ(made.rows, 1);
  EXPECT_EQ(made.left_out.back().name, "blank or in one colour");
  EXPECT_EQ(made.left_out.back().count, 1);
}

TEST_F(IconsDataset, DoesNotDependOnThePackagesPath) {
  const fs::path package = write_package("package");
  EXPECT_FALSE(make_icons_dataset(out_, package).already_there);
  const std::string made = manifest();
  for (const fs::path& other : {package / ".", package / "../package/", write_package("pk\xff")}) {
    EXPECT_TRUE(make_icons_dataset(out_, other).already_there) << other;
    EXPECT_EQ(manifest(), made);
  }
  fs::remove_all(out_);
  EXPECT_FALSE(make_icons_dataset(out_, folder_.path() / "pk\xff").already_there);
  EXPECT_EQ(manifest(), made);
}

TEST_F(IconsDataset, IsMadeAgainIfTheManifestIsDamaged) {
  const fs::path package = write_package("package");
  make_icons_dataset(out_, package);
  const std::string made = manifest();
  for (const auto& [key, value] :
       {std::pair{"left_out", R"({"x": "y"})"}, std::pair{"left_out", "5"},
        std::pair{"icons", R"("many")"}, std::pair{"rows", "[]"}}) {
    Json damaged = Json::parse(made);
    damaged[key] = Json::parse(value);
    folder_.write("out/manifest.json", damaged.dump());
    EXPECT_FALSE(make_icons_dataset(out_, package).already_there) << key << value;
    EXPECT_EQ(manifest(), made);
  }
}

TEST_F(IconsDataset, OfAnotherPackageIsNotReplaced) {
  make_icons_dataset(out_, write_package("package"));
  const std::string made = manifest();
  const fs::path other = write_package("other", "q");
  test::expect_error(
      ErrorCode::invalid_argument,
      "holds an icons data set with images of 'p', expected those of 'q': choose another folder",
      [&] { make_icons_dataset(out_, other); });
  EXPECT_EQ(manifest(), made);
  // An interrupted one is.
  folder_.write("out/manifest.json",
                R"({"made_by": "sightline dataset icons", "complete": false})");
  EXPECT_FALSE(make_icons_dataset(out_, other).already_there);
}

}  // namespace
}  // namespace sightline
