// One search over vector sets and data sets, by text, image and vector.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/search.h>
#include <unistd.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
const fs::path kRoot = SIGHTLINE_SOURCE_DIR;

bool one_contains(const std::vector<std::string>& texts, const std::string& part) {
  for (const std::string& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

class Search : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_search_test." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    npy_ = folder_ / "v.npy";
  }
  void TearDown() override { fs::remove_all(folder_); }

  static VectorItem item(int i) {
    VectorItem made{"id-" + std::to_string(i), {}, {}};
    if (i == 1) made.captions = {"second", "another"};
    if (i == 1) made.fields["split"] = "test";
    return made;
  }
  static std::vector<float> vector(int i) {
    return {i == 0 ? 1.f : 0.f, i == 1 ? 0.6f : 0.f, i == 1 ? 0.8f : i == 2 ? -1.f : 0.f};
  }

  std::unique_ptr<Collection> vector_set(VectorProvenance provenance = {}) const {
    VectorSetWriter writer(npy_, 3, std::move(provenance));
    for (int i = 0; i < 3; ++i) writer.add(vector(i), item(i));
    writer.close();
    return open_vector_collection(npy_);
  }

  static EncodedDataset encoded() {
    EncodedDataset data;
    data.input.path = "data";
    data.vectors = Matrix(3, 3);
    for (int i = 0; i < 3; ++i) {
      std::ranges::copy(vector(i), data.vectors.row(i).begin());
      data.items.push_back(item(i));
    }
    data.encoding.counts.encoded_images = 2;
    data.encoding.counts.cached_images = 1;
    data.encoding.skipped = {{"broken.png", "is no image"}};
    data.warnings = {"a warning"};
    return data;
  }

  // Two data sets in folders of the same name; the second one has no split.
  static std::vector<EncodedDataset> two() {
    std::vector<EncodedDataset> data = {encoded(), encoded()};
    data[0].input.path = "a/data";
    data[1].input.path = "b/data";
    data[1].items[1].fields.clear();
    data[1].encoding.skipped.clear();
    data[1].warnings = {"another"};
    return data;
  }

  fs::path folder_, npy_;
};

void expect_hits(const SearchResult& result) {
  ASSERT_EQ(result.queries.size(), 2u);
  ASSERT_EQ(result.queries[0].hits.size(), 2u);
  const SearchHit& best = result.queries[0].hits[0];
  EXPECT_EQ(best.rank, 1);
  EXPECT_EQ(best.row, 1);
  EXPECT_EQ(best.similarity, static_cast<double>(0.6f));
  EXPECT_EQ(best.item.id, "id-1");
  EXPECT_EQ(best.item.captions.size(), 2u);
  EXPECT_EQ(best.item.fields.at("split"), "test");
  // Rows 0 and 2 are equally similar: the smaller row first.
  EXPECT_EQ(result.queries[0].hits[1].rank, 2);
  EXPECT_EQ(result.queries[0].hits[1].row, 0);
  EXPECT_EQ(result.queries[1].name, "down");
  EXPECT_EQ(result.queries[1].hits[0].item.id, "id-2");
}

TEST_F(Search, FindsTheSameInAVectorSetAndInADataSet) {
  const Query queries[] = {vector_query("y", {0, 1, 0}), vector_query("down", {0, 0, -1})};
  const auto set = vector_set();
  const SearchResult in_set = search_collection(*set, queries, {.k = 2});
  expect_hits(in_set);
  EXPECT_EQ(in_set.type, CollectionType::vectors);
  EXPECT_FALSE(in_set.encoding);
  const SearchResult in_data = search_collection(*dataset_collection(encoded()), queries, {.k = 2});
  expect_hits(in_data);
  EXPECT_EQ(in_data.type, CollectionType::dataset);
  EXPECT_EQ(in_data.warnings, std::vector<std::string>{"a warning"});
  const auto a = nlohmann::json::parse(search_json(in_set));
  const auto b = nlohmann::json::parse(search_json(in_data));
  EXPECT_EQ(a["queries"], b["queries"]);
  EXPECT_EQ(a["queries"][0]["vector"], "y");
  EXPECT_EQ(a["queries"][0]["hits"][0], (nlohmann::json{{"rank", 1},
                                                        {"similarity", static_cast<double>(0.6f)},
                                                        {"id", "id-1"},
                                                        {"row", 1},
                                                        {"captions", {"second", "another"}},
                                                        {"fields", {{"split", "test"}}}}));
  EXPECT_EQ(a["collection"]["type"], "vectors");
  EXPECT_EQ(a["collection"]["rows"], 3);
  EXPECT_TRUE(a["encoding"].is_null());
  EXPECT_TRUE(a["model"]["name"].is_null());
  EXPECT_EQ(b["collection"]["path"], "data");
  EXPECT_EQ(b["encoding"]["encoded"], 2);
  EXPECT_EQ(b["encoding"]["skipped"][0]["id"], "broken.png");
  EXPECT_EQ(b["scan"], "fp32");
}

TEST_F(Search, LeavesExcludedRowsOut) {
  const auto set = vector_set();
  const Query queries[] = {vector_query("y", {0, 1, 0}), vector_query("down", {0, 0, -1})};
  const SearchResult found = search_collection(*set, queries, {.k = 3, .excluded = {1, 1}});
  for (const QueryHits& query : found.queries) {
    EXPECT_EQ(query.matching, 2);
    ASSERT_EQ(query.hits.size(), 2u);
    EXPECT_TRUE(query.hits[0].row != 1 && query.hits[1].row != 1);
  }
  Query listed;
  listed.filter.conditions.push_back({.field = FilterField::name, .texts = {"id-*"}});
  const SearchResult list = search_collection(*set, {&listed, 1}, {.k = 3, .excluded = {0}});
  EXPECT_EQ(list.queries[0].matching, 2);
  ASSERT_EQ(list.queries[0].hits.size(), 2u);
  EXPECT_EQ(list.queries[0].hits[0].row, 1);
  for (const int64_t row : {int64_t{-1}, int64_t{3}}) {
    expect_error(ErrorCode::invalid_argument, "excludes the row",
                 [&] { search_collection(*set, queries, {.excluded = {row}}); });
  }
}

TEST_F(Search, SeveralDataSetsAreOneCollection) {
  const auto collection = dataset_collection(two());
  const Query queries[] = {vector_query("y", {0, 1, 0}), vector_query("down", {0, 0, -1})};
  const SearchResult result = search_collection(*collection, queries, {.k = 3});
  EXPECT_EQ(result.rows, 6);
  ASSERT_EQ(result.parts.size(), 2u);
  EXPECT_EQ(result.parts[1].name, "data-2");
  EXPECT_EQ(result.parts[1].path, "b/data");
  EXPECT_EQ(result.parts[1].rows, 3);
  // The same image in both data sets is two items, in the order of the data sets.
  const auto& hits = result.queries[0].hits;
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].row, 1);
  EXPECT_EQ(hits[0].item.dataset, "data");
  EXPECT_EQ(hits[1].row, 4);
  EXPECT_EQ(hits[1].item.dataset, "data-2");
  EXPECT_EQ(hits[1].similarity, hits[0].similarity);
  EXPECT_EQ(result.queries[1].hits[0].row, 2);
  EXPECT_EQ(result.queries[1].hits[1].row, 5);
  EXPECT_EQ(result.encoding->counts.encoded_images, 4);
  EXPECT_EQ(result.encoding->counts.cached_images, 2);
  EXPECT_EQ(result.warnings, (std::vector<std::string>{"a warning", "another"}));
  const auto json = nlohmann::json::parse(search_json(result));
  EXPECT_EQ(json["queries"][0]["hits"][0]["dataset"], "data");
  EXPECT_EQ(json["queries"][0]["hits"][0]["fields"]["split"], "test");
  EXPECT_EQ(json["queries"][0]["hits"][1]["dataset"], "data-2");
  EXPECT_TRUE(json["collection"]["path"].is_null());
  EXPECT_EQ(json["collection"]["data_sets"],
            (nlohmann::json{{{"name", "data"}, {"path", "a/data"}, {"rows", 3}},
                            {{"name", "data-2"}, {"path", "b/data"}, {"rows", 3}}}));
  EXPECT_EQ(
      json["encoding"]["skipped"],
      (nlohmann::json{{{"id", "broken.png"}, {"reason", "is no image"}, {"dataset", "data"}}}));
}

TEST_F(Search, SeveralDataSetsReadTheirOwnImages) {
  std::vector<EncodedDataset> data = two();
  for (size_t d = 0; d < 2; ++d) {
    data[d].input.path = folder_ / std::to_string(d);
    fs::create_directories(data[d].input.path);
    for (const VectorItem& one : data[d].items)
      write_file_atomic(data[d].input.path / (one.id + ".png"),
                        "\x89PNG\r\n\x1a\n" + std::to_string(d) + one.id);
    for (VectorItem& one : data[d].items) one = {one.id + ".png", {}, {}};
  }
  const auto collection = dataset_collection(std::move(data));
  const int64_t rows[] = {4, 0, 1};
  auto items = collection->items(rows);
  const auto images = collection->read_images(items);
  ASSERT_EQ(images.size(), 3u);
  const auto end_of = [](const std::vector<uint8_t>& bytes) {
    return bytes.size() < 8 ? "" : std::string(bytes.begin() + 8, bytes.end());
  };
  EXPECT_EQ(end_of(images[0]), "1id-1");
  EXPECT_EQ(end_of(images[1]), "0id-0");
  EXPECT_EQ(end_of(images[2]), "0id-1");
  items[0].dataset = "other";
  expect_error(ErrorCode::invalid_argument, "is of no data set",
               [&] { collection->read_images(items); });
}

TEST_F(Search, SeveralDataSetsMustFitTogether) {
  expect_error(ErrorCode::invalid_argument, "at least one data set",
               [] { dataset_collection(std::vector<EncodedDataset>()); });
  std::vector<EncodedDataset> same = two();
  same[1].input.path = "a/./data";
  expect_error(ErrorCode::invalid_argument, "the data set 'a/./data' is given twice",
               [&] { dataset_collection(same); });
  std::vector<EncodedDataset> other = two();
  other[1].provenance.fingerprint = "other";
  expect_error(ErrorCode::invalid_argument, "'a/data' and 'b/data' were not computed",
               [&] { dataset_collection(other); });
  std::vector<EncodedDataset> precision = two();
  precision[1].provenance.computation.precision = Precision::bf16;
  expect_error(ErrorCode::invalid_argument, "were not computed in the same way",
               [&] { dataset_collection(precision); });
  // One data set of a list is like a data set alone.
  const auto alone = dataset_collection(std::vector<EncodedDataset>{encoded()});
  EXPECT_TRUE(alone->parts().empty());
  const int64_t row = 1;
  EXPECT_EQ(alone->items({&row, 1})[0].dataset, "");
}

TEST_F(Search, RejectsNaNByName) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EncodedDataset data = encoded();
  data.vectors.row(2)[1] = nan;
  expect_error(ErrorCode::invalid_data, "the vectors of 'data': row 2 has a NaN",
               [&] { dataset_collection(data); });
  const auto set = vector_set();
  const Query queries[] = {vector_query("good", {0, 1, 0}), vector_query("bad", {0, nan, 0})};
  expect_error(ErrorCode::invalid_argument, "the vector of query 1 ('bad') has a NaN",
               [&] { search_collection(*set, queries); });
}

TEST_F(Search, RejectsWrongArguments) {
  const auto set = vector_set();
  expect_error(ErrorCode::invalid_argument, "at least one query",
               [&] { search_collection(*set, {}); });
  const Query wide = vector_query("wide", {1, 2, 3, 4});
  expect_error(ErrorCode::invalid_argument,
               "'wide' has 4 elements, the collection has vectors of 3", [&] {
                 search_collection(*set, {&wide, 1});
               });
  const Query text = text_query("a heart");
  expect_error(ErrorCode::invalid_argument, "the text query 'a heart' needs a model", [&] {
    search_collection(*set, {&text, 1});
  });
  EncodedDataset data = encoded();
  data.items.pop_back();
  expect_error(ErrorCode::invalid_argument, "3 vectors and 2 items",
               [&] { dataset_collection(data); });
  VectorProvenance raw;
  raw.unit_length = false;
  expect_error(ErrorCode::invalid_argument, "not of unit length", [&] { vector_set(raw); });
  VectorProvenance texts;
  texts.kind = VectorKind::texts;
  const auto lines = vector_set(texts);
  expect_error(ErrorCode::invalid_argument, "are of texts", [&] { lines->read_images({}); });
}

TEST_F(Search, AnEmptyCollectionHasNoHits) {
  EncodedDataset data;
  data.input.path = "empty";
  data.vectors = Matrix(0, 3);
  const Query query = vector_query("x", {1, 0, 0});
  const SearchResult result = search_collection(*dataset_collection(data), {&query, 1});
  EXPECT_TRUE(result.queries[0].hits.empty());
  EXPECT_TRUE(one_contains(result.warnings, "nothing to search in 'empty'"));
}

// With a model that ships: the golden images of the decoders as a vector set.
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
