// Vector sets are added in several commits, and an interrupted run is continued.
#include "library/indexing/index_vectors.h"

#include <gtest/gtest.h>
#include <sightline/vectors.h>

#include "expect_error.h"
#include "library/store/paths.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using namespace std::chrono_literals;
using library::IndexCounts;
using test::expect_error;
using test::HashEncoder;
using test::LibraryFolder;

constexpr int64_t kRows = 10'000;
constexpr int64_t kStep = 4096;  // rows between two reports

class IndexVectorsTest : public testing::TestWithParam<library::ElementType> {
 protected:
  IndexVectorsTest() {
    library::Store store = folder_.store();
    library::ModelRecord record;
    record.name = record.fingerprint = "hash";
    record.preprocessing = "bytes";
    record.backend = record.device = "cpu";
    record.precision = "fp32";
    record.dim = HashEncoder::kDim;
    record.element = GetParam();
    model_ = store.add_model(record);
    store.change().set_active_model(model_);
    source_ = store.change().add_source({0, "vectors", npy().string(), "{}"});
    store.commit();
  }

  std::filesystem::path npy() const { return folder_.images() / "set.npy"; }

  // `changed`: the row with another vector and another caption.
  void write_set(int64_t changed = -1) const {
    VectorProvenance provenance;
    provenance.model = "hash";
    provenance.kind = VectorKind::images;
    provenance.unit_length = true;
    VectorSetWriter out(npy(), HashEncoder::kDim, provenance);
    for (int64_t row = 0; row < kRows; ++row) {
      const std::string name = std::to_string(row) + (row == changed ? "*" : "");
      VectorItem item;
      item.id = "row-" + std::to_string(row);
      item.captions = {"caption " + name};
      item.fields = {{"split", "train"}, {"year", "2020"}};
      out.add(HashEncoder::vector_of("hash", name), item);
    }
    out.close();
  }

  IndexCounts index(const ProgressFn& progress = {},
                    std::chrono::milliseconds interval = 1h) const {
    library::Store store = folder_.store();
    const VectorSet set = VectorSet::open(npy(), {.kind = VectorKind::images});
    return index_vector_set(store, model_, source_, set, progress, interval);
  }
  static ProgressFn stop(ErrorCode code) {
    return [code](const ProgressUpdate& update) {
      if (update.done >= 2 * kStep) throw Error(code, "stopped");
    };
  }
  int64_t vectors() const {
    const LibraryCheck check = check_library(folder_.library(), false);
    EXPECT_TRUE(check.problems.empty()) << check.problems.front();
    EXPECT_EQ(check.vectors, check.items);
    return check.vectors;
  }

  LibraryFolder folder_;
  int64_t model_ = 0, source_ = 0;
};

TEST_P(IndexVectorsTest, ContinuesAfterItWasCancelled) {
  write_set();
  expect_error(ErrorCode::cancelled, "stopped", [&] { index(stop(ErrorCode::cancelled)); });
  EXPECT_EQ(vectors(), 2 * kStep);
  const IndexCounts rest = index();
  EXPECT_EQ(rest.unchanged, 2 * kStep);
  EXPECT_EQ(rest.added, kRows - 2 * kStep);
  EXPECT_EQ(vectors(), kRows);
}

TEST_P(IndexVectorsTest, CommitsAtTheInterval) {
  write_set();
  expect_error(ErrorCode::io, "stopped", [&] { index(stop(ErrorCode::io), 0ms); });
  EXPECT_EQ(vectors(), 2 * kStep);
}

TEST_P(IndexVectorsTest, WritesChangedRowsOnly) {
  write_set();
  EXPECT_EQ(index().added, kRows);
  write_set(77);
  const IndexCounts counts = index();
  EXPECT_EQ(counts.unchanged, kRows - 1);
  EXPECT_EQ(counts.updated, 1);
  EXPECT_EQ(vectors(), kRows);
  EXPECT_EQ(index().unchanged, kRows);
}

// A vector that `repair` removed comes from the set again.
TEST_P(IndexVectorsTest, ReplacesDamagedVectors) {
  write_set();
  index();
  std::filesystem::resize_file(library::segment_file(folder_.library(), 1), 5000);
  repair_library(folder_.library());
  EXPECT_EQ(index().updated, kRows);
  EXPECT_EQ(vectors(), kRows);
  EXPECT_EQ(Library(folder_.library()).info().failures, 0);
}

INSTANTIATE_TEST_SUITE_P(StoredAs, IndexVectorsTest,
                         testing::Values(library::ElementType::f32, library::ElementType::f16),
                         [](const auto& about) { return std::string(element_name(about.param)); });

}  // namespace
}  // namespace sightline
