// Characters without a font.
#include "report/fonts.h"

#include <gtest/gtest.h>
#include <sightline/report.h>

#include "report/text.h"
#include "sample_result.h"

namespace sightline {
namespace {

constexpr const char* kNonCharacter = "\xF4\x8F\xBF\xBD";  // U+10FFFD, private use: in no font
constexpr const char* kHieroglyph = "\xF0\x93\x80\x80";    // U+13000

TEST(Fonts, CodePointsReplaceCharactersWithoutAFont) {
  EXPECT_EQ(drawable_text("plain"), "plain");
  EXPECT_EQ(drawable_text("größe → “x” ✓ …"), "größe → “x” ✓ …");
  const std::string missing = kNonCharacter;
  EXPECT_EQ(drawable_text("a" + missing + missing + "b"), "a‹U+10FFFD U+10FFFD›b");
  EXPECT_EQ(drawable_text(missing), "‹U+10FFFD›");
}

TEST(Fonts, JapaneseAndOtherEastAsianTextIsDrawn) {
  const char* texts[] = {"日本語のファイル名.jpg", "カタカナ", "中文文件", "한국어 파일",
                         "（１）、「」"};
  for (const char* text : texts) {
    if (drawable_text(text) != text)
      GTEST_SKIP() << "no font for " << drawable_text(text)
                   << " is installed (Debian: fonts-wqy-microhei)";
  }
  EXPECT_EQ(missing_characters_warning(std::vector<std::string>(texts, std::end(texts))), "");
}

TEST(Fonts, OneWarningNamesTheNumberOfCharactersAndAPackage) {
  EXPECT_EQ(missing_characters_warning(std::vector<std::string>{"a", "größe"}), "");
  const std::string warning = missing_characters_warning(std::vector<std::string>{
      "a", kNonCharacter, std::string("again ") + kNonCharacter, kNonCharacter});
  EXPECT_EQ(warning,
            "no installed font can draw 1 character of the labels and captions, such as U+10FFFD; "
            "images show the code points instead");
  if (drawable_text(kHieroglyph) == kHieroglyph)
    GTEST_SKIP() << "a font for Egyptian hieroglyphs is installed";
  EXPECT_NE(missing_characters_warning(std::vector<std::string>{kHieroglyph})
                .find("apt-get install fonts-noto-core"),
            std::string::npos);
}

TEST(Fonts, TheWarningCoversLabelsCaptionsAndQueries) {
  const auto warned = [](auto change) {
    ExperimentResult result = sample_result({{1, 2}}, {"model"});
    result.models[0].queries = {{"query", {{1, 0.5}}}};
    EXPECT_EQ(missing_fonts_warning(result), "");
    change(result);
    return !missing_fonts_warning(result).empty();
  };
  EXPECT_TRUE(warned([](ExperimentResult& r) { r.models[0].label = kNonCharacter; }));
  EXPECT_TRUE(warned([](ExperimentResult& r) { r.dataset = kNonCharacter; }));
  EXPECT_TRUE(warned([](ExperimentResult& r) { r.models[0].queries[0].text = kNonCharacter; }));
  EXPECT_TRUE(warned([](ExperimentResult& r) { r.rows[1].captions[0] = kNonCharacter; }));
  EXPECT_FALSE(warned([](ExperimentResult& r) { r.rows[0].captions[0] = kNonCharacter; }));
  SearchResult search;
  search.queries.resize(1);
  EXPECT_EQ(missing_fonts_warning(search), "");
  search.queries[0].hits.resize(1);
  search.queries[0].hits[0].item.id = kNonCharacter;
  EXPECT_NE(missing_fonts_warning(search), "");
}

}  // namespace
}  // namespace sightline
