// Texts in parts and templates.
#include "search/text_parts.h"

#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;
using Parts = std::vector<std::string>;
const std::filesystem::path kRoot = SIGHTLINE_SOURCE_DIR;

TEST(Sentences, EndAtMarksBeforeSpace) {
  using Views = std::vector<std::string_view>;
  EXPECT_EQ(sentences_of("One. Two?! \"Three.\"  Four"),
            (Views{"One. ", "Two?! ", "\"Three.\"  ", "Four"}));
  EXPECT_EQ(sentences_of("f/2.8 and 3.5 m. End."), (Views{"f/2.8 and 3.5 m. ", "End."}));
  EXPECT_EQ(sentences_of("a\nb"), (Views{"a\n", "b"}));
  EXPECT_EQ(sentences_of("\u732B\u3002\u72AC\u3002"), (Views{"\u732B\u3002", "\u72AC\u3002"}));
  EXPECT_TRUE(sentences_of("").empty());
}

TEST(SplitText, FillsPartsAtSentencesWordsAndCharacters) {
  const auto split = [](const std::string& text, size_t size, size_t most = 100) {
    return split_text(
        text, [&](const std::string& part) { return part.size() <= size; }, most);
  };
  EXPECT_EQ(split("  as it is ", 100).parts, Parts{"  as it is "});
  EXPECT_EQ(split("One. Two. Three. Four.", 10).parts, (Parts{"One. Two.", "Three.", "Four."}));
  EXPECT_EQ(split("Short. A sentence that is long. End.", 12).parts,
            (Parts{"Short.", "A sentence", "that is", "long. End."}));
  EXPECT_EQ(split("a bbbbbbbbbbbb c", 5).parts, (Parts{"a", "bbbbb", "bbbbb", "bb c"}));
  EXPECT_EQ(split("\u00E9\u00E9\u00E9", 5).parts, (Parts{"\u00E9\u00E9", "\u00E9"}));
  const TextParts cut = split("One. Two. Three.", 6, 2);
  EXPECT_EQ(cut.parts, (Parts{"One.", "Two."}));
  EXPECT_FALSE(cut.complete);
  EXPECT_TRUE(split("One. Two. Three.", 6).complete);
}

class TextTerms : public testing::Test {
 protected:
  void SetUp() override {
    EncodedDataset data;
    data.input.path = "data";
    data.vectors =
        encoder_.encode_texts(std::vector<std::string>{"a dog", "a cat", "a sun"}).vectors;
    data.items = {{"1", {}, {}}, {"2", {}, {}}, {"3", {}, {}}};
    data.provenance = provenance_of(model_, VectorKind::images);
    collection_ = dataset_collection(std::move(data));
  }

  // The similarities of row 0, 1 and 2 by the definition.
  std::vector<double> by_definition(const std::vector<std::string>& texts) const {
    const Matrix vectors = encoder_.encode_texts(texts).vectors;
    std::vector<double> mean(static_cast<size_t>(vectors.dim));
    double norm = 0;
    for (size_t d = 0; d < mean.size(); ++d) {
      for (int64_t i = 0; i < vectors.rows; ++i) mean[d] += vectors.row(i)[d];
      norm += mean[d] * mean[d];
    }
    std::vector<double> similarities;
    for (int64_t row = 0; row < 3; ++row) {
      double product = 0;
      for (size_t d = 0; d < mean.size(); ++d)
        product += mean[d] / std::sqrt(norm) * collection_->vectors().row(row)[d];
      similarities.push_back(product);
    }
    return similarities;
  }

  SearchResult search(const Query& query, std::vector<std::string> templates = {}) const {
    return search_collection(*collection_, model_, {&query, 1},
                             {.k = 3, .templates = std::move(templates)});
  }

  static void expect_similarities(const SearchResult& result, const std::vector<double>& expected) {
    for (const SearchHit& hit : result.queries[0].hits)
      EXPECT_NEAR(hit.similarity, expected[static_cast<size_t>(hit.row)], 1e-6) << hit.row;
  }

  Model model_ = Model::load(kRoot / "models/emoji-vit-8");
  Encoder encoder_{model_};
  std::unique_ptr<Collection> collection_;
};

TEST_F(TextTerms, LongTextsAreReadInParts) {
  const int context = model_.info().context_length;
  std::string sentence = "A dog";
  for (int i = 0; i < context / 2; ++i) sentence += " sees a cat";
  std::string half = "A dog";
  for (int i = 0; i < context / 2; ++i) half += " and";
  const std::string text = half + ". The sun shines. " + half + ".";
  const SearchResult result = search(text_query(text));
  ASSERT_EQ(result.queries[0].parts.size(), 1u);
  EXPECT_EQ(result.queries[0].parts[0], 2);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_NE(result.warnings[0].find("was read in 2 parts"), std::string::npos);
  const auto json = nlohmann::json::parse(search_json(result))["queries"][0];
  EXPECT_EQ(json["text"], text);
  EXPECT_EQ(json["parts"], 2);
  expect_similarities(result, by_definition({half + ". The sun shines.", half + "."}));
  // Without ends of sentences, words are kept whole.
  const SearchResult words = search(text_query(sentence));
  EXPECT_GT(words.queries[0].parts[0], 1);
  // A term of a composed query.
  const Query composed = parse_query("-sun \"" + text + "\"*2");
  const auto terms = nlohmann::json::parse(search_json(search(composed)))["queries"][0]["terms"];
  EXPECT_FALSE(terms[0].contains("parts"));
  EXPECT_EQ(terms[1]["parts"], 2);
}

TEST_F(TextTerms, TemplatesAreAveraged) {
  const std::vector<std::string> templates = {"a photo of {}", "{}, or {}"};
  const SearchResult result = search(text_query("a dog"), templates);
  expect_similarities(result, by_definition({"a photo of a dog", "a dog, or a dog"}));
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_EQ(result.templates, templates);
  EXPECT_EQ(nlohmann::json::parse(search_json(result))["templates"], templates);
  EXPECT_FALSE(nlohmann::json::parse(search_json(search(text_query("x")))).contains("templates"));
  // One template: its text, to the last bit.
  const SearchResult one = search(text_query("dog"), {"a {}"});
  const SearchResult same = search(text_query("a dog"));
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(one.queries[0].hits[i].similarity, same.queries[0].hits[i].similarity);
  expect_error(ErrorCode::invalid_argument, "the template 'a photo' has no {}",
               [&] { search(text_query("x"), {"a photo"}); });
  std::string longest = "{}";
  for (int i = 0; i < model_.info().context_length; ++i) longest += " dog";
  expect_error(ErrorCode::invalid_argument, "is longer than the model's context",
               [&] { search(text_query("x"), {longest}); });
}

}  // namespace
}  // namespace sightline
