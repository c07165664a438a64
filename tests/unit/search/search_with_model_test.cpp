// The same search by text, image and vector with a model that ships: its precision, preprocessing
// and warnings.
#include <sightline/encoder.h>
#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "expect_error.h"
#include "unit/search/search_fixture.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::one_contains;
using test::Search;
const fs::path kRoot = SIGHTLINE_SOURCE_DIR;

// The golden images of the decoders as a vector set.
class SearchWithModel : public Search {
 protected:
  void SetUp() override {
    Search::SetUp();
    model_ = std::make_unique<Model>(Model::load(kRoot / "models/emoji-vit-8"));
    const Encoder encoder(*model_);
    VectorProvenance provenance = provenance_of(*model_, VectorKind::images);
    provenance.source.emplace();
    provenance.source->folder = kRoot / "tests/golden/image";
    VectorSetWriter writer(npy_, model_->info().embedding_dim, provenance);
    for (const auto& entry : fs::directory_iterator(kRoot / "tests/golden/image")) {
      if (entry.path().extension() != ".png") continue;
      const auto bytes = read_file(entry.path(), 1 << 24);
      const std::string id = entry.path().filename();
      const ImageInput input{id, bytes};
      const EncodedImages images = encoder.encode_images({&input, 1});
      if (images.errors[0]) continue;
      if (query_.empty()) query_ = entry.path();
      writer.add(images.vectors.row(0), {id, {}, {}});
    }
    ASSERT_GT(writer.rows(), 5);
    writer.close();
    set_ = open_vector_collection(npy_);
  }

  std::unique_ptr<Model> model_;
  std::unique_ptr<Collection> set_;
  fs::path query_;
};

TEST_F(SearchWithModel, FindsAnImageByItselfAndItsVectorAndTextsByTheirVector) {
  const std::string text = "a red heart";
  const EncodedTexts encoded = Encoder(*model_).encode_texts({&text, 1});
  const auto row = encoded.vectors.row(0);
  const Query queries[] = {text_query(text), image_query(query_),
                           vector_query("same text", {row.begin(), row.end()})};
  const SearchResult result = search_collection(*set_, *model_, queries, {.k = 3});
  EXPECT_TRUE(result.warnings.empty()) << result.warnings[0];
  EXPECT_EQ(result.model, "emoji-vit-8");
  ASSERT_EQ(result.queries.size(), 3u);
  EXPECT_EQ(result.queries[1].type, QueryType::image);
  EXPECT_NEAR(result.queries[1].hits[0].similarity, 1, 1e-6);
  EXPECT_EQ(result.queries[1].hits[0].row, 0);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(result.queries[0].hits[i].row, result.queries[2].hits[i].row);
    EXPECT_EQ(result.queries[0].hits[i].similarity, result.queries[2].hits[i].similarity);
  }
  const auto json = nlohmann::json::parse(search_json(result));
  EXPECT_EQ(json["queries"][0]["text"], text);
  EXPECT_EQ(json["queries"][1]["image"], query_.string());
  EXPECT_EQ(json["collection"]["precision"], "fp32");
  // The images of the hits can be read again, from anywhere.
  const std::vector<VectorItem> items = {result.queries[1].hits[0].item, {"not-there.png", {}, {}}};
  const auto images = set_->read_images(items);
  EXPECT_EQ(images[0], read_file(folder_ / (kRoot / "tests/golden/image" / items[0].id), 1 << 24));
  EXPECT_TRUE(images[1].empty());
}

TEST_F(SearchWithModel, SeveralDataSetsAreEncodedAndFoundTogether) {
  const DatasetInput image = {.path = kRoot / "tests/golden/image", .options = {}, .splits = {}};
  const DatasetInput codecs = {
      .path = kRoot / "tests/golden/image_codecs", .options = {}, .splits = {}};
  const DatasetInput inputs[] = {image, codecs};
  const auto collection = open_dataset_collection(inputs, *model_);
  ASSERT_EQ(collection->parts().size(), 2u);
  EXPECT_EQ(collection->parts()[0].name, "image");
  EXPECT_EQ(collection->parts()[1].name, "image_codecs");
  EXPECT_EQ(collection->vectors().rows(),
            open_dataset_collection(image, *model_)->vectors().rows() +
                open_dataset_collection(codecs, *model_)->vectors().rows());
  const Query query = image_query(query_);
  const SearchHit best = search_collection(*collection, *model_, {&query, 1}).queries[0].hits[0];
  EXPECT_NEAR(best.similarity, 1, 1e-6);
  EXPECT_EQ(best.item.dataset, "image");
  const DatasetInput twice[] = {image, image};
  expect_error(ErrorCode::invalid_argument, "is given twice",
               [&] { open_dataset_collection(twice, *model_); });
}

TEST_F(SearchWithModel, WarnsAndRejects) {
  const Query broken = image_query("broken.png", {1, 2, 3});
  expect_error(ErrorCode::invalid_data, "broken.png", [&] {
    search_collection(*set_, *model_, {&broken, 1});
  });
  std::string longest = "xx";
  for (int i = 0; i < 200; ++i) longest += "\u00E9h\u00E9art ";  // 9 bytes
  const Query truncated = text_query(longest);
  EXPECT_TRUE(one_contains(
      search_collection(*set_, *model_, {&truncated, 1}).warnings,
      "'" + longest.substr(0, 59) + "...' is longer than the model's context and was read in "));
  VectorProvenance other = provenance_of(*model_, VectorKind::images);
  other.fingerprint[0] = other.fingerprint[0] == 'a' ? 'b' : 'a';
  const Query text = text_query("x");
  expect_error(ErrorCode::invalid_argument, "was made by the model 'emoji-vit-8'", [&] {
    search_collection(*vector_set(other), *model_, {&text, 1});
  });
  expect_error(ErrorCode::invalid_argument, "has vectors of 3 elements", [&] {
    search_collection(*vector_set(provenance_of(*model_, VectorKind::images)), *model_, {&text, 1});
  });
}

TEST_F(SearchWithModel, QueriesFollowThePrecisionAndPreprocessingOfTheVectors) {
  VectorProvenance provenance = provenance_of(*model_, VectorKind::images);
  provenance.computation.precision = Precision::bf16;
  ModelOptions turned;
  turned.orientation = OrientationProfile::stored;
  turned.decode = DecodeProfile::fast;
  provenance.preprocessing =
      Model::load(kRoot / "models/emoji-vit-8", turned).preprocess().describe();
  const auto set = vector_set(provenance);
  ModelOptions wanted;
  wanted.precision.reset();
  const ModelOptions options = query_model_options(*set, wanted);
  EXPECT_EQ(options.precision, Precision::bf16);
  EXPECT_EQ(options.orientation, OrientationProfile::stored);
  EXPECT_EQ(options.decode, DecodeProfile::fast);
  EXPECT_TRUE(options.lazy_packing);
  EXPECT_EQ(query_model_options(*set).precision, Precision::fp32);
  wanted.backend = Backend::torch;
  EXPECT_EQ(query_model_options(*set, wanted).precision, Precision::fp32);
}

}  // namespace
}  // namespace sightline
