// search: near-duplicates, diversity and previews on the command line.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "e2e/fixture.h"
#include "e2e/process.h"
#include "e2e/terminal.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

// Squares of random colours: unlike in gradients, no bit of the perceptual hash is close.
std::string squares(uint32_t seed) {
  std::string bytes = bmp_image(seed);
  std::mt19937 random(seed);
  std::vector<char> colors(6 * 6 * 3);
  for (char& color : colors) color = static_cast<char>(random() % 256);
  for (size_t i = 54; i < bytes.size(); ++i) {
    const size_t pixel = (i - 54) / 3, x = pixel % 24, y = pixel / 24;
    bytes[i] = colors[(y / 4 * 6 + x / 4) * 3 + (i - 54) % 3];
  }
  return bytes;
}

// A library of 8 photos, of which 3.bmp has two copies that differ in a few pixels.
class ArrangedHits : public ::testing::Test {
 protected:
  void SetUp() override {
    static const fs::path folder = [] {
      const fs::path made = fresh_folder("arranged");
      fs::create_directories(made / "photos");
      for (uint32_t i = 1; i <= 8; ++i)
        write_bytes(made / "photos" / (std::to_string(i) + ".bmp"), squares(i));
      for (const char copy : {'a', 'b'}) {
        std::string bytes = squares(3);
        bytes.back() = static_cast<char>(bytes.back() ^ copy);
        write_bytes(made / "photos" / (std::string("3") + copy + ".bmp"), bytes);
      }
      const Finished done =
          sightline({"index", "--library", made / "library", "--model", kModel, made / "photos"});
      EXPECT_EQ(done.exit_code, 0) << done.err;
      return made;
    }();
    folder_ = folder;
  }

  std::vector<std::string> call(std::vector<std::string> more) const {
    more.insert(more.begin(), {"search", "--library", folder_ / "library", "--no-judge"});
    return more;
  }
  Finished search(const std::vector<std::string>& more) const { return sightline(call(more)); }
  nlohmann::json hits(std::vector<std::string> more) const {
    more.insert(more.begin(), {"--json", "--top-k", "20"});
    const Finished done = search(more);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out)["queries"][0]["hits"];
  }
  static std::string name(const nlohmann::json& hit) {
    return fs::path(hit["id"].get<std::string>()).filename();
  }

  fs::path folder_;
};

TEST_F(ArrangedHits, NearDuplicatesAreFolded) {
  const auto all = hits({"like:3.bmp"});
  ASSERT_EQ(all.size(), 10u);
  EXPECT_FALSE(all[0].contains("duplicates"));
  const auto groups = hits({"--group", "like:3.bmp"});
  std::set<std::string> names, copies;
  for (const auto& hit : groups) {
    names.insert(name(hit));
    if (!hit.contains("duplicates")) continue;
    for (const auto& one : hit["duplicates"]) {
      copies.insert(name(one));
      EXPECT_LE(one["similarity"], hit["similarity"]);
    }
  }
  const std::set<std::string> family = {"3.bmp", "3a.bmp", "3b.bmp"};
  const std::string best = name(groups[0]);
  EXPECT_TRUE(family.contains(best)) << best;
  ASSERT_TRUE(groups[0].contains("duplicates")) << groups[0];
  EXPECT_EQ(groups[0]["duplicates"].size(), 2u) << groups[0];
  std::set<std::string> together = names;
  together.insert(copies.begin(), copies.end());
  EXPECT_EQ(together.size(), 10u);  // every image is a hit or a duplicate of one
  EXPECT_EQ(names.size() + copies.size(), 10u);

  const Finished table = search({"--group", "like:3.bmp"});
  EXPECT_TRUE(has(table.out, "near-duplicates")) << table.out;
  EXPECT_TRUE(has(table.out, "+2 similar")) << table.out;
  EXPECT_FALSE(has(search({"like:3.bmp"}).out, "similar\n"));
  // The second page begins where the first one ends.
  const auto second = hits({"--group", "--offset", "1", "like:3.bmp"});
  ASSERT_EQ(second.size(), groups.size() - 1);
  for (size_t i = 0; i < second.size(); ++i) EXPECT_EQ(second[i], groups[i + 1]);
}

TEST_F(ArrangedHits, DiverseHitsComeFirst) {
  const auto plain = hits({"like:3.bmp"});
  const auto diverse = hits({"--diverse", "like:3.bmp"});  // a query is not read as the weight
  ASSERT_EQ(diverse.size(), plain.size());
  EXPECT_EQ(name(diverse[0]), name(plain[0]));
  const std::set<std::string> family = {"3.bmp", "3a.bmp", "3b.bmp"};
  EXPECT_TRUE(family.contains(name(plain[1])) && family.contains(name(plain[2])));
  const auto most = hits({"--diverse=0.9", "like:3.bmp"});
  EXPECT_FALSE(family.contains(name(most[1]))) << most[1];
  EXPECT_EQ(hits({"--diverse=0", "like:3.bmp"}), plain);
  for (const char* wrong : {"--diverse=1", "--diverse=-0.1", "--diverse=x", "--diverse=0.5x"}) {
    const Finished done = search({wrong, "like:3.bmp"});
    EXPECT_EQ(done.exit_code, 2) << wrong;
    EXPECT_TRUE(has(done.err, "at least 0 and less than 1")) << done.err;
  }
}

TEST_F(ArrangedHits, ArePreviewed) {
  const std::string block = "▀";
  // Not in a file, unless the kind is named.
  EXPECT_FALSE(has(search({"--preview", "like:3.bmp"}).out, block));
  const Finished blocks = search({"--preview=blocks", "like:3.bmp", "like:5.bmp"});
  EXPECT_EQ(blocks.exit_code, 0) << blocks.err;
  EXPECT_TRUE(has(blocks.out, block));
  size_t labels = 0;
  for (size_t at = 0; (at = blocks.out.find("\n1 1.0000        2 ", at)) != std::string::npos; ++at)
    ++labels;
  EXPECT_EQ(labels, 2u) << blocks.out;
  EXPECT_TRUE(has(search({"--preview=kitty", "like:3.bmp"}).out, "\033_Ga=T"));
  EXPECT_TRUE(has(search({"--preview=iterm2", "like:3.bmp"}).out, "\033]1337;File=inline=1"));
  EXPECT_TRUE(has(search({"--preview=sixel", "like:3.bmp"}).out, "\033P0;1;0q"));
  for (const char* other : {"--json", "--format=paths", "--grid=-"}) {
    const Finished done = search({"--preview", other, "like:3.bmp"});
    EXPECT_EQ(done.exit_code, 2) << other;
    EXPECT_TRUE(has(done.err, "--preview")) << done.err;
  }
  const Finished unknown = search({"--preview=ascii", "like:3.bmp"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(has(unknown.err, "kitty, iterm2, sixel or blocks")) << unknown.err;
}

TEST_F(ArrangedHits, PreviewsFitTheTerminal) {
  for (const int columns : {40, 60, 132}) {
    const OnTerminal shown =
        on_terminal(call({"--preview=blocks", "--top-k", "10", "like:3.bmp"}), columns);
    EXPECT_EQ(shown.exit_code, 0) << shown.shown;
    int widest = 0;
    for (size_t at = 0; at < shown.shown.size(); at = shown.shown.find('\n', at) + 1) {
      const size_t end = std::min(shown.shown.find('\n', at), shown.shown.size() - 1);
      int count = 0;
      for (size_t i = shown.shown.find("▀", at); i < end; i = shown.shown.find("▀", i + 1)) ++count;
      widest = std::max(widest, count);
      if (end + 1 >= shown.shown.size()) break;
    }
    EXPECT_LE(widest, columns);
    EXPECT_GT(widest, columns - 13);
  }
}

}  // namespace
}  // namespace sightline::testing
