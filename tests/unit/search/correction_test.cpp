// Corrections of texts, and items that are named by keys.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;
const std::filesystem::path kRoot = SIGHTLINE_SOURCE_DIR;

// Replaces every text by one vector.
class Constant : public TextCorrection {
 public:
  Constant(std::vector<float> vector, std::string fingerprint)
      : vector_(std::move(vector)), fingerprint_(std::move(fingerprint)) {}
  int64_t version() const override { return 7; }
  const std::string& fingerprint() const override { return fingerprint_; }
  void apply(std::span<float> text) const override { std::ranges::copy(vector_, text.begin()); }

 private:
  std::vector<float> vector_;
  std::string fingerprint_;
};

class Correction : public testing::Test {
 protected:
  Correction() {
    const std::string texts[] = {"a red heart", "a cat"};
    EncodedDataset data;
    data.input.path = "data";
    data.vectors = Encoder(model_).encode_texts(texts).vectors;
    const auto cat = data.vectors.row(1);
    cat_.assign(cat.begin(), cat.end());
    data.items = {{"heart", {}, {}}, {"cat", {}, {}}};
    data.provenance = provenance_of(model_, VectorKind::images);
    collection_ = dataset_collection(std::move(data));
  }

  Model model_ = Model::load(kRoot / "models/emoji-vit-8");
  std::vector<float> cat_;
  std::unique_ptr<Collection> collection_;
};

TEST_F(Correction, ChangesTextsOnly) {
  const Constant correction(cat_, model_.info().fingerprint);
  const Query queries[] = {text_query("a red heart"), item_query("heart")};
  const SearchResult plain = search_collection(*collection_, model_, queries, {.k = 1});
  EXPECT_EQ(plain.queries[0].hits[0].item.id, "heart");
  EXPECT_FALSE(plain.correction);
  EXPECT_FALSE(nlohmann::json::parse(search_json(plain)).contains("correction"));
  const SearchResult corrected =
      search_collection(*collection_, model_, queries, {.k = 1, .correction = &correction});
  EXPECT_EQ(corrected.queries[0].hits[0].item.id, "cat");
  EXPECT_EQ(corrected.queries[1].hits[0].item.id, "heart");
  EXPECT_EQ(corrected.correction, 7);
  EXPECT_EQ(nlohmann::json::parse(search_json(corrected))["correction"], 7);
}

TEST_F(Correction, OfAnotherModelIsRefused) {
  const Constant correction(cat_, "another");
  const Query query = text_query("a red heart");
  expect_error(ErrorCode::invalid_argument, "correction 7 was learned for another model", [&] {
    search_collection(*collection_, model_, {&query, 1}, {.k = 1, .correction = &correction});
  });
}

TEST_F(Correction, ItemsAreFoundByKeys) {
  const int64_t rows[] = {1, 0};
  EXPECT_EQ(collection_->keys(rows), (std::vector<int64_t>{1, 0}));
  const Query query = item_query(int64_t{1});
  EXPECT_EQ(search_collection(*collection_, {&query, 1}, {.k = 1}).queries[0].hits[0].item.id,
            "cat");
  EXPECT_EQ(parse_query_json(query_json(query)), query);
  const Query none = item_query(int64_t{2});
  expect_error(ErrorCode::not_found, "has no image 2", [&] {
    search_collection(*collection_, {&none, 1});
  });
  const int64_t wrong[] = {2};
  expect_error(ErrorCode::invalid_argument, "no row 2", [&] { collection_->keys(wrong); });
  expect_error(ErrorCode::invalid_argument, "'key' as a whole number of an item",
               [] { parse_query_json(R"({"terms": [{"text": "a", "key": 1}]})"); });
}

}  // namespace
}  // namespace sightline
