// Vectors that other programs write: without ids, in parts, in clip-retrieval's folder.
#include <gtest/gtest.h>
#include <sightline/dataset.h>
#include <sightline/error.h>
#include <sightline/vectors.h>
#include <unistd.h>

#include <cmath>

#include "base/file.h"
#include "base/npy.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/clip_retrieval";

class OtherPrograms : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_other_vectors." + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Writes rows (first + r, 0, 1).
  fs::path write(const std::string& name, int64_t rows, float first = 0, int64_t dim = 3) const {
    std::vector<float> values(static_cast<size_t>(rows * dim), 0);
    for (int64_t r = 0; r < rows; ++r) {
      values[static_cast<size_t>(r * dim)] = first + static_cast<float>(r);
      values[static_cast<size_t>(r * dim + dim - 1)] = 1;
    }
    const int64_t shape[] = {rows, dim};
    fs::create_directories((folder_ / name).parent_path());
    write_npy(folder_ / name, std::span<const float>(values), shape);
    return folder_ / name;
  }

  void expect_refused(ErrorCode code, const std::string& part) const {
    expect_error(code, part, [&] { VectorSet::open(folder_); });
  }

  fs::path folder_;
};

bool one_has(const std::vector<std::string>& texts, const std::string& part) {
  for (const std::string& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST_F(OtherPrograms, ABareArrayHasRowNumbersAsIds) {
  const VectorSet set = VectorSet::open(write("x.npy", 4));
  EXPECT_FALSE(set.provenance());
  EXPECT_FALSE(set.kind());
  EXPECT_FALSE(set.has_ids());
  EXPECT_TRUE(set.warnings().empty());
  const std::vector<int64_t> rows = {3, 0};
  const std::vector<VectorItem> items = set.items(rows);
  EXPECT_EQ(items[0].id, "3");
  EXPECT_EQ(items[1].id, "0");
  const std::vector<int64_t> beyond = {4};
  expect_error(ErrorCode::invalid_argument, "has no row 4", [&] { set.items(beyond); });
}

TEST_F(OtherPrograms, VectorsAreScaledToUnitLengthOnRequest) {
  const fs::path npy = write("x.npy", 3, 1);
  EXPECT_EQ(VectorSet::open(npy).index().row(1)[0], 2);
  const VectorSet set = VectorSet::open(npy, {.kind = std::nullopt, .unit_length = true});
  ASSERT_EQ(set.warnings().size(), 1u);
  EXPECT_NE(set.warnings()[0].find("not of unit length"), std::string::npos);
  EXPECT_FLOAT_EQ(set.index().row(1)[0], 2 / std::sqrt(5.f));
  EXPECT_FLOAT_EQ(set.index().row(1)[2], 1 / std::sqrt(5.f));
  // One row (0, 0, 1): it is not copied.
  EXPECT_TRUE(VectorSet::open(write("unit.npy", 1), {.kind = std::nullopt, .unit_length = true})
                  .warnings()
                  .empty());
  const float zeros[] = {0, 0, 0, 2};
  const int64_t shape[] = {2, 2};
  write_npy(folder_ / "zero.npy", std::span<const float>(zeros), shape);
  const VectorSet zero =
      VectorSet::open(folder_ / "zero.npy", {.kind = std::nullopt, .unit_length = true});
  EXPECT_TRUE(one_has(zero.warnings(), "1 zero vector (the first in row 0)"));
  EXPECT_EQ(zero.index().row(0)[0], 0);
  EXPECT_EQ(zero.index().row(1)[1], 1);
}

TEST_F(OtherPrograms, PartsAreJoinedInNumericOrder) {
  write("part_10.npy", 2, 300);
  write("part_9.npy", 1, 200);
  write("part_08.npy", 2, 100);
  write_file_atomic(folder_ / "readme.txt", std::string_view("not an array"));
  const VectorSet set = VectorSet::open(folder_);
  ASSERT_EQ(set.index().rows(), 5);
  EXPECT_TRUE(set.warnings().empty());
  const float expected[] = {100, 101, 200, 300, 301};
  for (int64_t r = 0; r < 5; ++r) EXPECT_EQ(set.index().row(r)[0], expected[r]);
  const std::vector<int64_t> rows = {4};
  EXPECT_EQ(set.items(rows)[0].id, "4");
  fs::remove(folder_ / "part_9.npy");
  EXPECT_TRUE(one_has(VectorSet::open(folder_).warnings(), "has no part 9 but a part 10"));
}

TEST_F(OtherPrograms, AFolderThatIsNotOneSetIsRefused) {
  expect_refused(ErrorCode::not_found, "has no .npy file");
  write("a_0.npy", 1);
  EXPECT_EQ(VectorSet::open(folder_).index().rows(), 1);
  write("b_1.npy", 1);
  expect_refused(ErrorCode::invalid_argument, "are not numbered parts of one (a_0.npy, b_1.npy)");
  fs::remove(folder_ / "b_1.npy");
  write("a_00.npy", 1);
  expect_refused(ErrorCode::invalid_argument, "has part 0 twice");
  fs::remove(folder_ / "a_00.npy");
  write("a_1.npy", 1, 0, 4);
  expect_refused(ErrorCode::invalid_data, "a_1.npy' has vectors of 4 elements");
  write("a_1.npy", 2, NAN);
  expect_refused(ErrorCode::invalid_data, "a_1.npy': row 0 has a NaN");
  write("a_1.npy", 1);
  write_file_atomic(folder_ / "a_1.meta.json", std::string_view("{}"));
  expect_refused(ErrorCode::invalid_argument, "several vector sets with their own ids");
}

// tests/golden/clip_retrieval: two parts of float16 with metadata, as clip-retrieval 2 writes them.
TEST_F(OtherPrograms, ClipRetrievalsFolderHasIdsAndCaptions) {
  if (!has_parquet()) GTEST_SKIP() << "this build reads no Parquet";
  const std::vector<int64_t> rows = {4, 0, 2};
  const NpyArray expected = read_npy(kGolden / "expected_images.npy");
  for (const fs::path& path :
       {kGolden / "out", kGolden / "out/img_emb", kGolden / "out/img_emb/"}) {
    const VectorSet set = VectorSet::open(path);
    ASSERT_EQ(set.index().rows(), 5) << path;
    EXPECT_TRUE(set.warnings().empty());
    EXPECT_EQ(set.kind(), VectorKind::images);
    EXPECT_TRUE(set.has_ids());
    for (int64_t r = 0; r < 5; ++r) {
      const auto row = expected.f32().subspan(static_cast<size_t>(r * 4), 4);
      EXPECT_TRUE(std::ranges::equal(set.index().row(r), row));
    }
    const std::vector<VectorItem> items = set.items(rows);
    EXPECT_EQ(items[0].id, "photos/4.jpg");
    EXPECT_EQ(items[0].captions, std::vector<std::string>{"caption ö 4"});
    EXPECT_EQ(items[0].fields.at("url"), "http://example.org/4.jpg");
    EXPECT_EQ(items[0].fields.at("width"), "104");
    EXPECT_EQ(items[1].id, "photos/0.jpg");
    EXPECT_EQ(items[2].id, "photos/2.jpg");
    EXPECT_TRUE(items[2].captions.empty());  // null
  }
  const VectorSet texts =
      VectorSet::open(kGolden / "out", {.kind = VectorKind::texts, .unit_length = true});
  EXPECT_EQ(texts.kind(), VectorKind::texts);
  EXPECT_EQ(texts.items(rows)[0].captions, std::vector<std::string>{"caption ö 4"});
}

TEST_F(OtherPrograms, MetadataMustHaveOneRowForEachVector) {
  if (!has_parquet()) GTEST_SKIP() << "this build reads no Parquet";
  fs::copy(kGolden / "out", folder_, fs::copy_options::recursive);
  write("img_emb/img_emb_0.npy", 7, 0, 4);
  const std::vector<int64_t> rows = {0};
  expect_error(ErrorCode::invalid_data, "metadata_0.parquet' has 3 rows for 7 vectors",
               [&] { VectorSet::open(folder_).items(rows); });
  fs::remove(folder_ / "metadata/metadata_0.parquet");
  const VectorSet set = VectorSet::open(folder_);
  EXPECT_TRUE(one_has(set.warnings(), "has no table for"));
  EXPECT_EQ(set.items(rows)[0].id, "0");
  const std::vector<int64_t> last = {8};
  EXPECT_EQ(set.items(last)[0].id, "photos/4.jpg");
  fs::remove_all(folder_ / "img_emb");
  EXPECT_EQ(VectorSet::open(folder_).kind(), VectorKind::texts);
  expect_error(ErrorCode::not_found, "has no folder img_emb", [&] {
    VectorSet::open(folder_, {.kind = VectorKind::images, .unit_length = false});
  });
}

}  // namespace
}  // namespace sightline
