// Vector sets: writing, reading, and files that do not belong together.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/vectors.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/file.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

VectorProvenance sample_provenance() {
  VectorProvenance provenance;
  provenance.model = "tiny";
  provenance.fingerprint = std::string(64, 'f');
  provenance.preprocessing = "shortest_edge 32, bicubic";
  provenance.computation = {Backend::torch, {Device::Kind::cuda, 1}, Precision::fp32};
  VectorSource source;
  source.dataset.path = "/data/set";
  source.dataset.options.format = "imagefolder";
  source.dataset.options.image_column = "photo";
  source.dataset.options.split = "all";
  source.dataset.splits = {"test", "novel"};
  provenance.source = source;
  return provenance;
}

class VectorSets : public testing::Test {
 protected:
  static constexpr int64_t kDim = 3;

  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_vectors_test." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    npy_ = folder_ / "v.npy";
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Row r is (first + r, r, 1).
  void write(int64_t rows, float first, VectorProvenance provenance = sample_provenance()) const {
    VectorSetWriter writer(npy_, kDim, std::move(provenance));
    for (int64_t r = 0; r < rows; ++r) {
      VectorItem item{"image-" + std::to_string(r), {}, {}};
      if (r % 2 == 1) item.captions = {"caption \"" + std::to_string(r) + "\"\n", "ö"};
      if (r % 2 == 1) item.fields["split"] = "test";
      const auto value = static_cast<float>(r);
      writer.add(std::vector<float>{first + value, value, 1}, item);
      EXPECT_EQ(writer.rows(), r + 1);
    }
    writer.close();
  }

  // Replaces a text in one of the set's files.
  static void edit(const fs::path& file, const std::string& from, const std::string& to) {
    std::string text = read_text_file(file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    write_file_atomic(file, text.replace(at, from.size(), to));
  }

  void expect_broken(const std::string& part) const {
    const std::vector<int64_t> rows = {0, 1, 2};
    expect_error(ErrorCode::invalid_data, part, [&] { VectorSet::open(npy_).items(rows); });
  }

  fs::path folder_, npy_;
};

TEST_F(VectorSets, CaptionsCanBeAddedToEarlierRows) {
  {
    VectorSetWriter writer(npy_, kDim, sample_provenance());
    for (const char* id : {"a", "b", "c"})
      writer.add(
          std::vector<float>{1, 2, 3},
          {id, id[0] == 'b' ? std::vector<std::string>{"one"} : std::vector<std::string>{}, {}});
    writer.add_captions(1, std::vector<std::string>{"two"});
    writer.add_captions(2, std::vector<std::string>{"ö\n\"x\""});
    writer.add_captions(1, std::vector<std::string>{"three"});
    writer.add_captions(0, {});
    expect_error(ErrorCode::invalid_argument, "there is no row 3",
                 [&] { writer.add_captions(3, std::vector<std::string>{"x"}); });
    writer.close();
  }
  const std::vector<int64_t> rows = {0, 1, 2};
  const auto items = VectorSet::open(npy_).items(rows);
  EXPECT_TRUE(items.at(0).captions.empty());
  EXPECT_EQ(items.at(1).captions, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(items.at(2).captions, std::vector<std::string>{"ö\n\"x\""});
}

TEST_F(VectorSets, HoldWhatWasWritten) {
  write(5, 10);
  const VectorSet set = VectorSet::open(npy_);
  EXPECT_EQ(set.path(), npy_);
  EXPECT_TRUE(set.warnings().empty());
  EXPECT_EQ(set.index().rows(), 5);
  EXPECT_EQ(set.index().row(4)[0], 14);
  ASSERT_TRUE(set.provenance());
  const VectorProvenance expected = sample_provenance();
  EXPECT_EQ(set.provenance()->model, expected.model);
  EXPECT_EQ(set.provenance()->fingerprint, expected.fingerprint);
  EXPECT_EQ(set.provenance()->kind, VectorKind::images);
  EXPECT_EQ(set.provenance()->preprocessing, expected.preprocessing);
  EXPECT_EQ(set.provenance()->computation, expected.computation);
  EXPECT_TRUE(set.provenance()->unit_length);
  ASSERT_TRUE(set.provenance()->source);
  EXPECT_EQ(set.provenance()->source->dataset.path, "/data/set");
  EXPECT_EQ(set.provenance()->source->dataset.options.format, "imagefolder");
  EXPECT_EQ(set.provenance()->source->dataset.options.image_column, "photo");
  EXPECT_EQ(set.provenance()->source->dataset.options.split, "all");
  EXPECT_EQ(set.provenance()->source->dataset.splits, expected.source->dataset.splits);
  const std::vector<int64_t> rows = {3, 0, 3};
  const auto items = set.items(rows);
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].id, "image-3");
  EXPECT_EQ(items[0].captions, (std::vector<std::string>{"caption \"3\"\n", "ö"}));
  EXPECT_EQ(items[0].fields.at("split"), "test");
  EXPECT_EQ(items[1].id, "image-0");
  EXPECT_TRUE(items[1].captions.empty() && items[1].fields.empty());
  EXPECT_EQ(items[2].id, "image-3");
  EXPECT_TRUE(set.items({}).empty());
  for (const int64_t row : {-1, 5}) {
    expect_error(ErrorCode::invalid_argument, "has no row", [&] { set.items({&row, 1}); });
  }
}

TEST_F(VectorSets, TextsAreTheirOwnCaptions) {
  VectorProvenance provenance = sample_provenance();
  provenance.kind = VectorKind::texts;
  provenance.source.reset();
  VectorSetWriter writer(npy_, 2, provenance);
  writer.add(std::vector<float>{1, 0}, {"line-1", {"a red heart"}, {{"kept_text", "a red"}}});
  writer.close();
  EXPECT_NE(read_text_file(ids_path(npy_)).find("\"text\":\"a red heart\""), std::string::npos);
  const VectorSet set = VectorSet::open(npy_);
  EXPECT_EQ(set.provenance()->kind, VectorKind::texts);
  EXPECT_FALSE(set.provenance()->source);
  const std::vector<int64_t> rows = {0};
  EXPECT_EQ(set.items(rows)[0].captions, std::vector<std::string>{"a red heart"});
  EXPECT_EQ(set.items(rows)[0].fields.at("kept_text"), "a red");
}

TEST_F(VectorSets, AWriterThatIsNotClosedChangesNothing) {
  write(2, 10);
  const std::string npy = read_text_file(npy_), ids = read_text_file(ids_path(npy_));
  {
    VectorSetWriter writer(npy_, kDim, sample_provenance());
    writer.add(std::vector<float>{1, 2, 3}, {"other", {}, {}});
  }
  EXPECT_EQ(read_text_file(npy_), npy);
  EXPECT_EQ(read_text_file(ids_path(npy_)), ids);
  int files = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(folder_)) ++files;
  EXPECT_EQ(files, 3);
}

TEST_F(VectorSets, NaNInfinityAndOtherSizesAreRejectedWithTheirRow) {
  VectorSetWriter writer(npy_, kDim, sample_provenance());
  writer.add(std::vector<float>{1, 2, 3}, {"good", {}, {}});
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    expect_error(ErrorCode::invalid_data, "row 1 ('bad') has a NaN or an infinity", [&] {
      writer.add(std::vector<float>{1, odd, 3}, {"bad", {}, {}});
    });
  }
  expect_error(ErrorCode::invalid_argument, "row 1 ('short') has 2 elements", [&] {
    writer.add(std::vector<float>{1, 2}, {"short", {}, {}});
  });
  EXPECT_EQ(writer.rows(), 1);
  writer.close();
  EXPECT_EQ(VectorSet::open(npy_).index().rows(), 1);
}

TEST_F(VectorSets, FilesOfTwoRunsAreNotOneSet) {
  write(3, 10);
  const std::string old_npy = read_text_file(npy_),
                    old_meta = read_text_file(provenance_path(npy_));
  write(3, 20);
  write_file_atomic(npy_, old_npy);
  expect_broken("are of different runs");  // .meta.json
  write_file_atomic(provenance_path(npy_), old_meta);
  expect_broken("line 1: expected the checksum of the vector in row 0");  // .ids.jsonl
  write(2, 10);
  write_file_atomic(npy_, old_npy);
  expect_broken("describes 2 vectors of 3 elements");
}

TEST_F(VectorSets, WrongIdsAreNamed) {
  write(3, 10);
  const std::string good = read_text_file(ids_path(npy_));
  const auto broken = [&](const std::string& from, const std::string& to, const std::string& part) {
    write_file_atomic(ids_path(npy_), good);
    edit(ids_path(npy_), from, to);
    expect_broken(part);
  };
  broken("\"row\":1", "\"row\":2", "line 2: expected the id of row 1");
  broken("\"image-1\"", "7", "line 2: expected the id of row 1");
  broken("\"ö\"", "[1]", "'captions' to be a list of strings");
  broken("\"test\"", "3", "'fields' to be an object of strings");
  broken("{", "(", "not valid JSON");
  write_file_atomic(ids_path(npy_), good.substr(0, good.find('\n') + 1));
  expect_broken("has 1 lines, expected one for row 2");
  fs::remove(ids_path(npy_));
  const std::vector<int64_t> rows = {0};
  expect_error(ErrorCode::not_found, "v.ids.jsonl", [&] { VectorSet::open(npy_).items(rows); });
}

TEST_F(VectorSets, WrongProvenanceIsNamed) {
  write(1, 10);
  const std::string good = read_text_file(provenance_path(npy_));
  const auto broken = [&](const std::string& from, const std::string& to, const std::string& part) {
    write_file_atomic(provenance_path(npy_), good);
    edit(provenance_path(npy_), from, to);
    expect_broken(part);
  };
  broken("\"version\": 2", "\"version\": 1", "expected format 'sightline-vectors', version 2");
  broken("\"images\"", "\"sounds\"", "kind 'sounds'");
  broken("\"torch\"", "\"abacus\"", "abacus");
  broken("\"dim\"", "\"size\"", "v.meta.json' does not describe a vector set");
  fs::remove(provenance_path(npy_));
  EXPECT_FALSE(VectorSet::open(npy_).provenance());
}

TEST(Provenance, IsComparedWithAModel) {
  const VectorProvenance a = sample_provenance();
  VectorProvenance b = a;
  b.computation.precision = Precision::int8;
  EXPECT_TRUE(match_provenance(a, b).model && match_provenance(a, b).preprocessing);
  EXPECT_FALSE(match_provenance(a, b).computation);
  b.preprocessing = "squash 32";
  EXPECT_FALSE(match_provenance(a, b).preprocessing);
  ModelInfo info;
  info.name = "other";
  info.fingerprint = a.fingerprint;
  require_model(a, info, "the set");
  info.fingerprint = std::string(64, 'e');
  expect_error(ErrorCode::invalid_argument,
               "the set was made by the model 'tiny' (fingerprint ffffffffffff), not by 'other'",
               [&] { require_model(a, info, "the set"); });
}

}  // namespace
}  // namespace sightline
