#include "sample_data/drawings/captions.h"

#include <gtest/gtest.h>

#include "sample_data/drawings/flags.h"
#include "sample_data/drawings/keywords.h"

namespace sightline {
namespace {

const Dictionary& dictionary() {
  static const Dictionary words(
      "apple\narrow\nbag\nball\nbear\nbird\nbow\ncat\nchess\ncup\ndog\nfork\nfruit\ngolf\nhat\n"
      "hole\nknight\nlight\nbulb\norange\npaper\nred\nsaint\nset\nsnow\nstar\ntea\ngreen\ntwo\n"
      "part\nway\nwizard\ndrawing\nsimple\nflag\nhand\npremier\nsalt\ncorps\n");
  return words;
}

Drawing drawing(const std::string& title, const std::string& path = "food/x.svg",
                std::vector<std::string> keywords = {}, const std::string& creator = "Jane Doe") {
  return {path, title, std::move(keywords), creator, ""};
}

std::string caption(const Drawing& d, const std::vector<Drawing>& all = {}) {
  const Captions captions(dictionary(), all);
  const auto made = captions.caption(d, clean_keywords(d, dictionary()));
  return made ? made->text : "(none)";
}

TEST(Captions, KeepsTheEnglishWordsOfATitle) {
  EXPECT_EQ(caption(drawing("Cup of Tea 3")), "cup of tea");
  EXPECT_EQ(caption(drawing("The dog with a Hat, xyz")), "dog with hat");
  EXPECT_EQ(caption(drawing("zielony kubek - green cup of tea")), "green cup of tea");
  EXPECT_EQ(caption(drawing("Cat by Jane Doe")), "cat");
}

TEST(Captions, LeavesOutWordsAboutTheDrawing) {
  EXPECT_EQ(caption(drawing("Simple Cat Icon (outline)")), "cat");
  EXPECT_EQ(caption(drawing("Hand Drawn Star")), "star");
  EXPECT_EQ(caption(drawing("cat clip art")), "cat");
  EXPECT_EQ(caption(drawing("Chess Set, new")), "chess set");
}

TEST(Captions, MovesAColourToTheFront) {
  EXPECT_EQ(caption(drawing("apple - red")), "red apple");
  EXPECT_EQ(caption(drawing("Red apple, red")), "red apple");
}

TEST(Captions, AColourAloneIsNoSubject) {
  EXPECT_EQ(caption(drawing("Red", "food/x.svg", {"red", "bird"})), "bird");
  EXPECT_EQ(caption(drawing("Orange", "food/x.svg", {"fruit", "orange"})), "orange");
  EXPECT_EQ(caption(drawing("Orange", "food/x.svg", {"fruit"})), "fruit");
}

TEST(Captions, SpellsAndDividesWords) {
  EXPECT_EQ(caption(drawing("lightbulb")), "light bulb");
  EXPECT_EQ(caption(drawing("WizardHat")), "wizard hat");
}

TEST(Captions, NamesADrawingByItsFileIfTheTitleIsOfACollection) {
  EXPECT_EQ(caption(drawing("Etiquette Icons", "x/fork_03.svg")), "fork");
  EXPECT_EQ(caption(drawing("Clipart by Jane Doe - bird", "x/cat_jane_doe_01.svg")), "cat");
  EXPECT_EQ(caption(drawing("", "x/star.svg")), "star");
  const auto shared = drawing("Bag", "x/golf_ball.svg");
  EXPECT_EQ(caption(shared, {shared, shared, shared}), "bag");
  EXPECT_EQ(caption(shared, {shared, shared, shared, shared}), "golf ball");
}

TEST(Captions, TheTitleOfASeriesNamesItsDrawings) {
  const auto one = drawing("star - RPG map elements", "x/star_-_rpg_map_elements_01.svg");
  EXPECT_EQ(caption(one, {one, one, one, one}), "star");
}

TEST(Captions, TranslatesTitles) {
  EXPECT_EQ(caption(drawing("Orso", "animals/x.svg", {}, "Architetto Francesco Rollandin")),
            "bear");
  EXPECT_EQ(caption(drawing("Etiquette Icons", "x/ruota_dentata_01.svg")), "gear wheel");
}

// "premiers" and "corps" are English words too, but not here.
TEST(Captions, ReadsForeignTitlesOnlyIfAllWordsAreKnown) {
  EXPECT_EQ(caption(drawing("corps mouille", "x/y.svg", {"snow"}, "yves GUILLOU")), "snow");
  EXPECT_EQ(caption(drawing("snow", "x/y.svg", {}, "yves GUILLOU")), "snow");
  EXPECT_EQ(caption(drawing("saint des premiers", "x/y.svg", {"bear"})), "bear");
}

TEST(Captions, FallsBackToTheRarestKeyword) {
  const auto bird = drawing("Aquilone", "x/y.svg", {"animal", "bird", "cat"});
  EXPECT_EQ(caption(bird, {drawing("a", "x", {"bird"}), bird}), "cat");
  EXPECT_EQ(caption(drawing("Aquilone", "x/y.svg", {"food", "red"})), "(none)");
  EXPECT_EQ(caption(drawing("Aquilone")), "(none)");
}

TEST(Keywords, LeavesOutWhatIsNotAboutTheSubject) {
  EXPECT_EQ(clean_keywords(drawing("x", "y",
                                   {"", "hash(0x85c8ce4)", "hash", "Red_Apple", "red apple", "tea",
                                    "uccello", "jane doe", "cat dog hat bag", "clip_art"}),
                           dictionary()),
            (Words{"red apple", "tea"}));
}

std::string flag(const std::string& file, const Words& words) {
  return flag_caption("signs_and_symbols/flags/" + file, words).value_or("(none)");
}

TEST(Flags, NameThePlace) {
  EXPECT_EQ(flag("asia/a.svg", {"israeli", "flag"}), "flag of israel");
  EXPECT_EQ(flag("america/a.svg", {"national", "flag", "of", "canada"}), "flag of canada");
  EXPECT_EQ(flag("oceania/a.svg", {"new", "zealand"}), "flag of new zealand");
  EXPECT_EQ(flag("europe/a.svg", {"bosnia", "and", "herzegovina"}),
            "flag of bosnia and herzegovina");
  EXPECT_EQ(flag("a.svg", {"british", "flag"}), "flag of united kingdom");
  EXPECT_EQ(flag("a.svg", {"the", "flag"}), "(none)");
}

TEST(Flags, NameTheRegionBeforeItsCountry) {
  EXPECT_EQ(flag("america/canada/a.svg", {"canada", "british", "columbia"}),
            "flag of british columbia, canada");
  EXPECT_EQ(flag("america/united_states/a.svg", {"usa", "newmexico"}),
            "flag of new mexico, united states");
}

TEST(Flags, HistoricAndSignalFlags) {
  EXPECT_EQ(flag("historic/a.svg", {"historic", "georgia"}), "historic flag of georgia");
  EXPECT_EQ(flag("a.svg", {"international", "maritime", "signal", "flag", "bravo"}),
            "signal flag bravo");
  EXPECT_EQ(flag("a.svg", {"international", "maritime", "signal", "flag"}), "signal flag");
}

TEST(Flags, ADrawingWithAFlagIsNotAFlag) {
  EXPECT_EQ(caption(drawing("Golf flag in hole", "signs_and_symbols/flags/golf.svg")),
            "golf flag in hole");
}

}  // namespace
}  // namespace sightline
