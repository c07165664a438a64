// search: the query language, filters, pages and paths on the command line.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

// 12 photos: 2018/p0.bmp to p3.bmp, "2019 summer/"…, 2020/….
class Queries : public ::testing::Test {
 protected:
  void SetUp() override {
    static const fs::path folder = [] {
      const fs::path made = fresh_folder("queries");
      for (uint32_t i = 0; i < 12; ++i) {
        const char* names[] = {"2018", "2019 summer", "2020"};
        const fs::path photo = made / "photos" / names[i / 4] / ("p" + std::to_string(i) + ".bmp");
        fs::create_directories(photo.parent_path());
        write_bytes(photo, bmp_image(i));
      }
      sightline({"encode", "--model", kModel, "--images", made / "photos", "--out", made / "v.npy",
                 "--no-cache"});
      return made;
    }();
    folder_ = folder;
  }

  Finished search(std::vector<std::string> more, bool with_model = true) const {
    std::vector<std::string> call = {"search", "--vectors", folder_ / "v.npy", "--no-cache"};
    if (with_model) call.insert(call.end(), {"--model", kModel});
    call.insert(call.end(), more.begin(), more.end());
    return sightline(call);
  }

  nlohmann::json answer_to(const std::vector<std::string>& more) const {
    std::vector<std::string> call = {"--json"};
    if (std::ranges::find(more, "--top-k") == more.end())
      call.insert(call.end(), {"--top-k", "12"});
    call.insert(call.end(), more.begin(), more.end());
    const Finished done = search(call);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out)["queries"][0];
  }

  fs::path folder_;
};

TEST_F(Queries, AreComposedAndFiltered) {
  const auto plain = answer_to({"a red - heart"});
  EXPECT_EQ(plain["text"], "a red - heart");
  EXPECT_EQ(plain["hits"].size(), 12u);
  EXPECT_EQ(answer_to({"--literal", "a red - heart"}), plain);
  const auto composed = answer_to({"a heart*2 -cat in:\"2019 summer\" -name:p5"});
  EXPECT_EQ(composed["terms"].size(), 2u);
  EXPECT_EQ(composed["matching"], 3);
  ASSERT_EQ(composed["hits"].size(), 3u);
  for (const auto& hit : composed["hits"])
    EXPECT_NE(hit["id"].get<std::string>().find("2019 summer/"), std::string::npos);
  EXPECT_EQ(answer_to({"--literal", "cat -dog in:2018"})["text"], "cat -dog in:2018");
  // A file with one query per line.
  write_bytes(folder_ / "queries.txt", "cat\n-cat in:2018\n");
  const Finished lines = search({"--json", "--queries", folder_ / "queries.txt"});
  ASSERT_EQ(lines.exit_code, 0) << lines.err;
  EXPECT_EQ(parse_json(lines.out)["queries"][1]["matching"], 4);
}

TEST_F(Queries, OfImagesAndItems) {
  const auto like = answer_to({"like:p7.bmp in:2019*"});
  EXPECT_NEAR(like["hits"][0]["similarity"].get<double>(), 1, 1e-6);
  const std::string file = folder_ / "photos/2020/p9.bmp";
  const auto image = answer_to({"image:\"" + file + "\""});
  EXPECT_EQ(image["image"], file);
  EXPECT_NEAR(image["hits"][0]["similarity"].get<double>(), 1, 1e-5);
  // Neither needs a model if there is no text and no image.
  EXPECT_EQ(search({"like:p7.bmp -like:p1.bmp", "name:p1*"}, false).exit_code, 0);
  const Finished none = search({"like:none.bmp"}, false);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("is named 'none.bmp'"), std::string::npos) << none.err;
  EXPECT_EQ(search({"cat"}, false).exit_code, 2);
  EXPECT_EQ(search({"image:none.bmp"}).exit_code, 1);
}

TEST_F(Queries, PrintPathsThatExist) {
  const Finished lines = search({"--format", "paths", "name:p*", "in:2020"}, false);
  ASSERT_EQ(lines.exit_code, 0) << lines.err;
  std::istringstream in(lines.out);
  std::set<std::string> paths;
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(fs::exists(line)) << line;
    EXPECT_TRUE(paths.insert(line).second) << line;  // once, also as a hit of two queries
  }
  EXPECT_EQ(paths.size(), 9u);  // five of each, one of both
  const Finished zero = search({"--format", "paths0", "--top-k", "2", "in:\"2019 summer\""}, false);
  ASSERT_EQ(zero.exit_code, 0) << zero.err;
  const size_t end = zero.out.find('\0');
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(zero.out.back(), '\0');
  EXPECT_TRUE(fs::exists(zero.out.substr(0, end)));
  EXPECT_EQ(zero.out.find('\n'), std::string::npos);
}

TEST_F(Queries, HavePagesAndThresholds) {
  const auto all = answer_to({"cat"})["hits"];
  const auto page = answer_to({"cat", "--offset", "5", "--top-k", "4"})["hits"];
  ASSERT_EQ(page.size(), 4u);
  for (size_t i = 0; i < page.size(); ++i) EXPECT_EQ(page[i], all[5 + i]);
  const double third = all[2]["similarity"];
  EXPECT_EQ(answer_to({"cat", "--min-similarity", nlohmann::json(third).dump()})["hits"].size(),
            3u);
  const Finished table = search({"name:p1?"});
  EXPECT_NE(table.out.find("name:p1? (2 of 12 items meet the filter)"), std::string::npos)
      << table.out;
}

TEST_F(Queries, ErrorsNameTheQueryAndTheColumn) {
  const auto fails = [&](std::vector<std::string> arguments, const std::string& message) {
    const Finished done = search(std::move(arguments));
    EXPECT_EQ(done.exit_code, 2);
    EXPECT_NE(done.err.find(message), std::string::npos) << done.err;
    EXPECT_TRUE(done.out.empty());
  };
  fails({"cat bfore:2020"}, "column 5 of the query: 'bfore:' is not a filter");
  fails({"cat", "dog size:x"}, "'dog size:x': column 10 of the query");
  fails({"cat -cat"}, "cancel each other");
  fails({"--template", "a photo", "cat"}, "has no {}");
  fails({"--format", "folder", "cat"}, "use --dataset-format");
  fails({"--format", "path", "cat"}, "expected table, paths or paths0");
  fails({"--format", "paths", "--grid", "-", "cat"}, "both write to standard output");
  fails({"--format", "paths", "--json", "cat"}, "--json");
  fails({"--offset", "-1", "cat"}, "--offset");
}

}  // namespace
}  // namespace sightline::testing
