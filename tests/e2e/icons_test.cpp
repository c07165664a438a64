// Data sets that are made from a package of icons: captioned icons, and emoji by another artist.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "e2e/fixture.h"
#include "e2e/made_dataset.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFont = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
constexpr const char* kNames = "/usr/share/unicode/emoji/emoji-test.txt";
constexpr const char* kKeywords = "/usr/share/unicode/cldr/common/annotations/en.xml";

std::string circle(const std::string& colour) {
  return "<circle cx='12' cy='12' r='10' fill='" + colour + "'/>";
}

// Icons that are drawn, one that is broken, one that is blank, and a hidden one.
fs::path write_package(const std::string& name) {
  const fs::path folder = fresh_folder(name);
  const json icons = {{"prefix", "p"},
                      {"width", 24},
                      {"height", 24},
                      {"icons",
                       {{"red-apple", {{"body", circle("red")}}},
                        {"dog-face-2", {{"body", circle("currentColor")}}},
                        {"rocket", {{"body", "<rect width='24' height='9'/>"}}},
                        {"flag-for-finland", {{"body", circle("blue")}}},
                        {"x-1", {{"body", circle("red")}}},
                        {"broken", {{"body", "<g>"}}},
                        {"blank", {{"body", "<g/>"}}},
                        {"old", {{"body", circle("red")}, {"hidden", true}}}}}};
  write_bytes(folder / "icons.json", icons.dump());
  write_bytes(folder / "info.json",
              R"({"author": {"name": "Jane Doe"}, "license": {"title": "MIT", "spdx": "MIT"}})");
  write_bytes(folder / "chars.json", R"({"1f436": "dog-face-2"})");
  write_bytes(folder / "metadata.json", R"({"categories": {"SpaceTravel": ["rocket"]}})");
  write_bytes(folder / "package.json", R"({"name": "@iconify-json/p", "version": "1.0.2"})");
  return folder;
}

std::map<std::string, json> rows_of(const fs::path& folder) {
  std::map<std::string, json> rows;
  std::istringstream lines(read_bytes(folder / "metadata.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    json row = parse_json(line);
    rows[row["source"]] = row;
  }
  return rows;
}

Finished make_icons(const fs::path& package, const fs::path& out) {
  return sightline({"dataset", "icons", out.string(), "--from", package.string(), "--json"});
}

class Icons : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(SIGHTLINE_PROGRAM).parent_path() / "lib/libsightline_svg.so")) {
      GTEST_SKIP() << "this build has no librsvg";
    }
  }
};

TEST_F(Icons, AreCaptionedByTheirNames) {
  const fs::path package = write_package("icons-package"), out = package / "out";
  const auto made = make_icons(package, out);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto summary = parse_json(made.out);
  EXPECT_EQ(summary["icons"], 8);
  EXPECT_EQ(summary["rows"], 4);
  for (const auto& rule : summary["left_out"]) EXPECT_EQ(rule["icons"], 1) << rule;
  const auto rows = rows_of(out);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows.at("dog-face-2")["text"], "dog face");
  EXPECT_EQ(rows.at("rocket")["keywords"], "space travel");
  for (const auto& [name, row] : rows) {
    EXPECT_EQ(row["split"], "train");
    EXPECT_EQ(row["creator"], "Jane Doe");
    EXPECT_EQ(row["licence"], "MIT");
  }
  const auto manifest = parse_json(read_bytes(out / "manifest.json"));
  EXPECT_EQ(manifest["package"]["name"], "@iconify-json/p");
  EXPECT_EQ(manifest["package"]["version"], "1.0.2");
  expect_no_broken_rows(out);
}

TEST_F(Icons, TheSameFilesMakeTheSameBytes) {
  const fs::path package = write_package("icons-twice");
  const fs::path a = package / "a", b = package / "b";
  ASSERT_EQ(make_icons(package, a).exit_code, 0);
  ASSERT_EQ(make_icons(package, b).exit_code, 0);
  EXPECT_EQ(expect_equal_files(a, b), 4u + 2 + SIGHTLINE_HAS_PARQUET);
  EXPECT_EQ(parse_json(make_icons(package, a).out)["already_there"], true);
}

TEST_F(Icons, OfABadPackageAreRefusedInOneSentence) {
  const fs::path package = write_package("icons-bad"), out = package / "out";
  const auto refusal = [&] {
    const auto refused = make_icons(package, out);
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
    EXPECT_FALSE(fs::exists(out));
    return refused.err;
  };
  write_bytes(package / "icons.json", "{\"icons\": ");
  EXPECT_NE(refusal().find("icons.json"), std::string::npos);
  write_bytes(package / "icons.json", R"({"icons": {"a-1": {"body": "<g/>"}}})");
  EXPECT_NE(refusal().find("no icon that can be drawn"), std::string::npos);
  fs::remove(package / "icons.json");
  EXPECT_NE(refusal().find("icons.json"), std::string::npos);
  write_bytes(package / "icons.json", R"({"icons": {"apple": {"body": "<g/>"}}})");
  fs::remove(package / "info.json");
  EXPECT_NE(refusal().find("info.json"), std::string::npos);
}

TEST_F(Icons, AnEmptyPackageIsRefused) {
  const fs::path out = fresh_folder("icons-empty") / "out";
  for (const std::vector<std::string>& call :
       {std::vector<std::string>{"dataset", "emoji", out.string(), "--pictures", ""},
        {"dataset", "icons", out.string(), "--from", ""},
        {"dataset", "drawings", out.string(), "--from", ""},
        {"dataset", "drawings", out.string(), "--words", ""}}) {
    const auto refused = sightline(call);
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_NE(refused.err.find("is empty"), std::string::npos) << refused.err;
    EXPECT_FALSE(fs::exists(out));
  }
}

TEST_F(Icons, ReplaceTheImagesOfEmoji) {
  for (const char* file : {kFont, kNames, kKeywords}) {
    if (!fs::exists(file)) GTEST_SKIP() << "needs the Debian package of " << file;
  }
  const fs::path package = write_package("icons-emoji"), out = package / "out";
  const auto made =
      sightline({"dataset", "emoji", out.string(), "--pictures", package.string(), "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto summary = parse_json(made.out);
  EXPECT_EQ(summary["rows"], 4);
  EXPECT_EQ(summary["unmatched_icons"], 4);
  const auto rows = rows_of(out);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows.at("red-apple")["emoji"], "\U0001F34E");
  EXPECT_EQ(rows.at("dog-face-2")["text"], "dog face");
  EXPECT_EQ(rows.at("dog-face-2")["subgroup"], "animal-mammal");
  EXPECT_EQ(rows.at("rocket")["emoji"], "\U0001F680");
  EXPECT_NE(rows.at("rocket")["keywords"], "");
  EXPECT_EQ(rows.at("flag-for-finland")["text"], "flag: Finland");
  EXPECT_EQ(rows.at("flag-for-finland")["licence"], "MIT");
  const std::string manifest = read_bytes(out / "manifest.json");
  const auto font = sightline({"dataset", "emoji", out.string()});
  EXPECT_EQ(font.exit_code, 2);
  EXPECT_NE(font.err.find("with images of '@iconify-json/p', expected those of no package"),
            std::string::npos)
      << font.err;
  EXPECT_EQ(read_bytes(out / "manifest.json"), manifest);
  write_bytes(package / "icons.json", R"({"icons": {"nothing": {"body": "<g/>"}}})");
  const auto refused =
      sightline({"dataset", "emoji", out.string(), "--pictures", package.string()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("no icon of an emoji"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace sightline::testing
