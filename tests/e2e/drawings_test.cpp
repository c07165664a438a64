// The sample data of drawings, made from a small package and from Debian's.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "e2e/fixture.h"
#include "e2e/made_dataset.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPackage = "/usr/share/openclipart/svg/food";
constexpr const char* kWords = "/usr/share/dict/american-english";
constexpr std::array kSubjects = {"apple", "bear", "cart", "dog",   "eagle",
                                  "fork",  "goat", "hat",  "igloo", "jar"};

std::string document(const std::string& title, const std::string& keyword, int number,
                     const std::string& content) {
  return "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='4000' height='3000'>"
         "<metadata><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
         "xmlns='http://web.resource.org/cc/' xmlns:dc='http://purl.org/dc/elements/1.1/'><Work>"
         "<dc:title>" +
         title + " " + std::to_string(number) + "</dc:title><dc:subject><rdf:Bag><rdf:li>" +
         keyword +
         "</rdf:li></rdf:Bag></dc:subject><dc:creator><Agent><dc:title>Jane Doe</dc:title></Agent>"
         "</dc:creator><license rdf:resource='http://web.resource.org/cc/PublicDomain'/></Work>"
         "</rdf:RDF></metadata>" +
         content + "</svg>";
}

// 40 drawings of 10 subjects, no two of them alike, and a broken one.
fs::path write_package(const std::string& name) {
  const fs::path folder = fresh_folder(name);
  fs::create_directories(folder / "things");
  std::string words;
  for (size_t i = 0; i < 40; ++i) {
    const std::string subject = kSubjects[i % kSubjects.size()];
    const auto at = [](size_t value) { return std::to_string(value); };
    const std::string content =
        "<rect width='" + at(900 + i * 60) + "' height='" + at(2400 - i * 50) + "' fill='hsl(" +
        at(i * 47 % 360) + ",90%," + at(30 + i % 4 * 10) + "%)'/><circle cx='" + at(300 + i * 20) +
        "' cy='" + at(400 + i * 10) + "' r='" + at(100 + i * 5) + "' fill='black'/>";
    write_bytes(folder / "things" / (subject + at(i) + ".svg"),
                document("A big " + subject, subject, static_cast<int>(i), content));
    words += subject + "\n";
  }
  write_bytes(folder / "things/broken.svg",
              document("A dog", "dog", 99, std::string(4096, ' ') + "<rect"));
  write_bytes(folder / "words", words + "big\n");
  return folder;
}

Finished make(const fs::path& package, const fs::path& out) {
  return sightline({"dataset", "drawings", out.string(), "--from", (package / "things").string(),
                    "--words", (package / "words").string(), "--json"});
}

class Drawings : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(SIGHTLINE_PROGRAM).parent_path() / "lib/libsightline_svg.so")) {
      GTEST_SKIP() << "this build has no librsvg";
    }
  }
};

TEST_F(Drawings, SkipsABrokenFileAndHoldsOutRows) {
  const fs::path package = write_package("drawings-package"), out = package / "out";
  const auto made = make(package, out);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto json = parse_json(made.out);
  EXPECT_EQ(json["files"], 41);
  EXPECT_EQ(json["rows"], 40);
  EXPECT_EQ(json["novel"].get<int>() + json["test"].get<int>() + json["train"].get<int>(), 40);
  EXPECT_GT(json["novel"], 0);
  EXPECT_GE(json["test"], 8);
  for (const auto& rule : json["left_out"]) {
    EXPECT_EQ(rule["files"], rule["rule"] == "librsvg cannot draw it" ? 1 : 0) << rule;
  }
  std::map<std::string, std::set<std::string>> splits;
  std::istringstream lines(read_bytes(out / "metadata.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto row = parse_json(line);
    splits[row["keywords"]].insert(row["split"]);
    EXPECT_EQ(row["text"], "big " + row["keywords"].get<std::string>());
    EXPECT_EQ(row["creator"], "Jane Doe");
  }
  EXPECT_EQ(splits.size(), kSubjects.size());
  for (const auto& [subject, names] : splits) {
    EXPECT_FALSE(names.contains("novel") && names.contains("train")) << subject;
  }
  expect_no_broken_rows(out);
}

TEST_F(Drawings, TheSameFilesMakeTheSameBytes) {
  const fs::path package = write_package("drawings-twice");
  const fs::path a = package / "a", b = package / "b";
  ASSERT_EQ(make(package, a).exit_code, 0);
  ASSERT_EQ(make(package, b).exit_code, 0);
  EXPECT_EQ(expect_equal_files(a, b), 40u + 2 + SIGHTLINE_HAS_PARQUET);
  const auto again = parse_json(make(package, a).out);
  EXPECT_EQ(again["already_there"], true);
  EXPECT_EQ(again["rows"], 40);
}

TEST_F(Drawings, RefusesAFolderThatIsNotItsOwn) {
  const fs::path package = write_package("drawings-refused"), out = package / "out";
  fs::create_directories(out / "images");
  write_bytes(out / "images/apple_01-0f3a9c1e.png", "mine");
  const auto refused = make(package, out);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("already exists and is not a drawings data set"), std::string::npos)
      << refused.err;
  EXPECT_EQ(read_bytes(out / "images/apple_01-0f3a9c1e.png"), "mine");
  EXPECT_FALSE(fs::exists(out / "manifest.json"));
}

TEST_F(Drawings, NamesASourceThatDoesNotExist) {
  const fs::path package = write_package("drawings-missing");
  const auto failed = sightline({"dataset", "drawings", (package / "out").string(), "--from",
                                 (package / "things").string(), "--words", "/nonexistent"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_NE(failed.err.find("'/nonexistent' does not exist"), std::string::npos) << failed.err;
}

// One folder of Debian's package; the whole takes up to a minute.
TEST_F(Drawings, DrawsDebiansPackage) {
  if (!fs::exists(kPackage) || !fs::exists(kWords)) {
    GTEST_SKIP() << "needs the Debian packages openclipart-svg and wamerican";
  }
  const fs::path out = fresh_folder("drawings-debian") / "food";
  const auto made = sightline({"dataset", "drawings", out.string(), "--from", kPackage, "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_GE(parse_json(made.out)["rows"], 200);
  std::map<std::string, std::string> captions;
  std::istringstream lines(read_bytes(out / "metadata.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto row = parse_json(line);
    captions[row["source"]] = row["text"];
    EXPECT_FALSE(row["text"].get<std::string>().empty());
    EXPECT_NE(row["licence"].get<std::string>().find("ublic"), std::string::npos);
  }
  EXPECT_EQ(captions["fruit/pesca_architetto_frances_01.svg"], "peach");
  EXPECT_EQ(captions["desserts/pie_apple.svg"], "apple pie");
}

}  // namespace
}  // namespace sightline::testing
