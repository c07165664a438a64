// Previews of a search: which hits are drawn, where, and what is written below.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/search_preview.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "image/write_png.h"

namespace sightline {
namespace {

using Color = std::array<uint8_t, 3>;

Image plain(int width, int height, Color color) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i)
    image.pixels.insert(image.pixels.end(), color.begin(), color.end());
  return image;
}

// Item "red" is a red image, and so on; "missing" cannot be read and "broken" is no image.
class Colors : public Collection {
 public:
  CollectionType type() const override { return CollectionType::vectors; }
  const std::filesystem::path& path() const override { return path_; }
  const std::vector<CollectionPart>& parts() const override { return parts_; }
  const VectorIndex& vectors() const override { return index_; }
  const std::optional<VectorProvenance>& provenance() const override { return provenance_; }
  const std::optional<CollectionEncoding>& encoding() const override { return encoding_; }
  std::vector<VectorItem> items(std::span<const int64_t>) const override { return {}; }
  std::vector<std::vector<uint8_t>> read_images(std::span<const VectorItem> items) const override {
    std::vector<std::vector<uint8_t>> out;
    for (const VectorItem& item : items) {
      out.emplace_back();
      if (item.id == "red") out.back() = encode_png(plain(30, 30, {255, 0, 0}));
      if (item.id == "blue") out.back() = encode_png(plain(400, 400, {0, 0, 255}));
      if (item.id == "wide") out.back() = encode_png(plain(400, 100, {0, 255, 0}));
      if (item.id == "broken") out.back() = {1, 2, 3};
      read.push_back(item.id);
    }
    return out;
  }
  std::vector<std::string> warnings() const override { return {}; }

  mutable std::vector<std::string> read;

 private:
  std::filesystem::path path_;
  std::vector<CollectionPart> parts_;
  std::vector<float> values_ = {1, 0};
  VectorIndex index_ = VectorIndex::view(values_, 1, 2);
  std::optional<VectorProvenance> provenance_;
  std::optional<CollectionEncoding> encoding_;
};

SearchResult result_of(const std::vector<std::string>& ids) {
  SearchResult result;
  QueryHits& query = result.queries.emplace_back();
  for (const std::string& id : ids) {
    const auto rank = static_cast<int64_t>(query.hits.size()) + 1;
    query.hits.push_back({rank, 0.5 - 0.1 * static_cast<double>(rank), 0, {id, {}, {}}});
  }
  return result;
}

SearchPreviewOptions with(TerminalGraphics graphics, int columns = 80) {
  return {{graphics, true}, columns};
}

// The cells of half blocks: the colours of their upper and lower halves.
std::vector<std::vector<std::array<Color, 2>>> cells_of(const std::string& text) {
  std::vector<std::vector<std::array<Color, 2>>> lines;
  std::array<Color, 2> colors{};
  std::istringstream in(text);
  for (std::string line; std::getline(in, line) && line.starts_with("\033[");) {
    auto& cells = lines.emplace_back();
    for (size_t at = 0; at < line.size();) {
      if (line[at] == '\033') {
        const size_t end = line.find('m', at);
        std::istringstream codes(line.substr(at + 2, end - at - 2));
        std::vector<int> values;
        for (std::string code; std::getline(codes, code, ';');) values.push_back(std::stoi(code));
        for (size_t i = 0; i + 4 < values.size(); i += 5) {
          for (size_t c = 0; c < 3; ++c)
            colors.at(values[i] == 48 ? 1 : 0)[c] = static_cast<uint8_t>(values[i + 2 + c]);
        }
        at = end + 1;
      } else {
        EXPECT_EQ(line.substr(at, 3), "▀");
        cells.push_back(colors);
        at += 3;
      }
    }
  }
  return lines;
}

std::string last_line(const std::string& text) {
  const size_t at = text.rfind('\n', text.size() - 2);
  return text.substr(at + 1, text.size() - at - 2);
}

TEST(SearchPreview, DrawsHitsSideBySide) {
  const Colors colors;
  SearchResult result = result_of({"red", "blue", "wide", "missing", "broken"});
  result.queries[0].hits[1].duplicates.resize(3);
  const auto previews = search_previews(result, colors, with(TerminalGraphics::blocks));
  ASSERT_EQ(previews.size(), 1u);
  const auto cells = cells_of(previews[0]);
  // Tiles of 16 columns: 15 for the image, and as high as wide.
  ASSERT_EQ(cells.size(), 8u);
  for (const auto& line : cells) ASSERT_EQ(line.size(), 80u);
  const Color black = {}, grey = {128, 128, 128};
  const auto& middle = cells[4];
  EXPECT_EQ(middle[7][0], (Color{255, 0, 0}));
  EXPECT_EQ(middle[16 + 7][0], (Color{0, 0, 255}));
  EXPECT_EQ(middle[32 + 7][0], (Color{0, 255, 0}));
  EXPECT_EQ(middle[48 + 7][0], grey);
  EXPECT_EQ(middle[64 + 7][1], grey);
  // Scaling blurs the edges of the images into the spaces.
  for (const size_t tile : {0, 16, 32, 48, 64})
    EXPECT_LT(*std::ranges::max_element(middle[tile + 15][0]), 48);
  // The wide image takes the middle quarter of its square.
  EXPECT_EQ(cells[1][32 + 7][0], black);
  EXPECT_EQ(cells[6][32 + 7][1], black);
  EXPECT_EQ(last_line(previews[0]),
            "1 0.4000        2 0.3000 +3     3 0.2000        4 0.1000        5 0.0000");
}

TEST(SearchPreview, DrawsAsManyAsFit) {
  const Colors colors;
  const SearchResult result = result_of(std::vector<std::string>(50, "red"));
  for (const int columns : {1, 5, 12, 23, 24, 80, 100, 1000}) {
    colors.read.clear();
    const auto text = search_previews(result, colors, with(TerminalGraphics::blocks, columns))[0];
    const auto cells = cells_of(text);
    ASSERT_FALSE(cells.empty());
    EXPECT_LE(cells[0].size(), static_cast<size_t>(columns));
    EXPECT_LE(last_line(text).size(), static_cast<size_t>(columns));
    const int shown = std::clamp(columns / 12, 1, 50);
    EXPECT_EQ(colors.read.size(), static_cast<size_t>(shown)) << columns;  // no more are read
  }
}

TEST(SearchPreview, OtherGraphicsTakeTheSameCells) {
  const Colors colors;
  const SearchResult result = result_of({"red", "blue", "wide"});
  const auto kitty = search_previews(result, colors, with(TerminalGraphics::kitty))[0];
  EXPECT_NE(kitty.find("c=72,r=12,"), std::string::npos) << kitty.substr(0, 60);
  const auto iterm2 = search_previews(result, colors, with(TerminalGraphics::iterm2))[0];
  EXPECT_NE(iterm2.find("width=72;height=12;"), std::string::npos) << iterm2.substr(0, 60);
  const auto sixel = search_previews(result, colors, with(TerminalGraphics::sixel))[0];
  EXPECT_NE(sixel.find("720;240"), std::string::npos) << sixel.substr(0, 60);
  for (const std::string& text : {kitty, iterm2, sixel})
    EXPECT_EQ(last_line(text), "1 0.4000                2 0.3000                3 0.2000");
}

TEST(SearchPreview, ListsHaveNoSimilarity) {
  SearchResult result = result_of({"red", "blue"});
  result.queries[0].query = Query{};
  const auto previews = search_previews(result, Colors(), with(TerminalGraphics::blocks));
  EXPECT_EQ(last_line(previews[0]), "1                       2");
}

TEST(SearchPreview, NothingToDraw) {
  SearchResult result = result_of({"red"});
  result.queries.emplace_back();
  const auto previews = search_previews(result, Colors(), with(TerminalGraphics::blocks));
  EXPECT_FALSE(previews[0].empty());
  EXPECT_EQ(previews[1], "");
  EXPECT_EQ(search_previews(result, Colors(), with(TerminalGraphics::none)),
            std::vector<std::string>(2));
  for (const int columns : {0, 1001})
    EXPECT_THROW(search_previews(result, Colors(), with(TerminalGraphics::blocks, columns)), Error);
}

}  // namespace
}  // namespace sightline
