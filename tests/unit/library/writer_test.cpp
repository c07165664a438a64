// Writers with a model, on images that it encodes.
#include <gtest/gtest.h>
#include <sightline/library.h>
#include <unistd.h>

#include <fstream>

#include "expect_error.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::expect_error;
namespace fs = std::filesystem;

class WriterTest : public testing::Test {
 protected:
  static Model load(const std::string& name) {
    return Model::load(fs::path(SIGHTLINE_SOURCE_DIR) / "models" / name);
  }
  // A vector set that the model could have made.
  fs::path vectors_of(const Model& model) const {
    const fs::path npy = folder_.images() / "set.npy";
    VectorSetWriter out(npy, model.info().embedding_dim, provenance_of(model, VectorKind::images));
    std::vector<float> vector(static_cast<size_t>(model.info().embedding_dim));
    vector[3] = 1;
    out.add(vector, {"a", {}, {}});
    out.close();
    return npy;
  }

  test::LibraryFolder folder_;
};

TEST_F(WriterTest, AMigrationThatEncodesNothingLeavesNoModel) {
  const Model first = load("emoji-vit-8");
  LibraryWriter writer(folder_.library(), {.create = true});
  writer.index_vectors(vectors_of(first), first, "first");
  const IndexSummary summary = writer.migrate(load("emoji-rn"), "second");
  ASSERT_EQ(summary.warnings.size(), 1u);
  EXPECT_NE(summary.warnings[0].find("no image could be encoded"), std::string::npos);
  const LibraryInfo info = Library(folder_.library()).info();
  ASSERT_EQ(info.models.size(), 1u);
  EXPECT_EQ(info.models[0].spec, "first");
  EXPECT_TRUE(info.models[0].active);
}

// Searches load the model by its spec: another one there would make the library unusable.
TEST_F(WriterTest, AddsVectorsOfTheNamedModelOnly) {
  const Model model = load("emoji-vit-8"), other = load("emoji-rn");
  const fs::path npy = vectors_of(model);
  const auto spec = [this] { return Library(folder_.library()).model().spec; };
  {
    LibraryWriter writer(folder_.library(), {.create = true});
    expect_error(ErrorCode::invalid_argument, "has no model yet",
                 [&] { writer.index_vectors(npy); });
    expect_error(ErrorCode::invalid_argument, "was made by the model 'emoji-vit-8'",
                 [&] { writer.index_vectors(npy, other, "other"); });
    EXPECT_FALSE(writer.active_model());
    EXPECT_EQ(writer.index_vectors(npy, model, "models/emoji-vit-8").added, 1);
  }
  EXPECT_EQ(spec(), "models/emoji-vit-8");
  LibraryWriter writer(folder_.library());
  expect_error(ErrorCode::invalid_argument, "was made by the model 'emoji-vit-8'",
               [&] { writer.index_vectors(npy, other, "other"); });
  EXPECT_EQ(spec(), "models/emoji-vit-8");
  EXPECT_EQ(writer.index_vectors(npy).unchanged, 1);
  EXPECT_EQ(spec(), "models/emoji-vit-8");
  writer.index_vectors(npy, model, "a copy");
  EXPECT_EQ(spec(), "a copy");
}

TEST_F(WriterTest, ARootThatCannotBeReadKeepsItsItemsAndDoesNotEndTheRun) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read every folder";
  const Model model = load("emoji-vit-8");
  const std::string image = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='";
  folder_.write("closed/a.svg", image + "8'/>");
  folder_.write("open/b.svg", image + "9'/>");
  const fs::path closed = folder_.image("closed"), open = folder_.image("open");
  LibraryWriter writer(folder_.library(), {.create = true});
  writer.index(std::vector{closed, open}, model, "m");
  folder_.write("open/c.svg", image + "7'/>");
  fs::permissions(closed, fs::perms::none);
  const IndexSummary summary = writer.update(model, "m");
  fs::permissions(closed, fs::perms::owner_all);
  EXPECT_EQ(summary.added, 1);
  EXPECT_EQ(summary.removed, 0);
  ASSERT_EQ(summary.warnings.size(), 1u);
  EXPECT_NE(summary.warnings[0].find("cannot be read now"), std::string::npos);
  EXPECT_EQ(Library(folder_.library()).info().images, 3);
}

}  // namespace
}  // namespace sightline
