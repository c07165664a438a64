#include <gtest/gtest.h>
#include <sightline/library.h>
#include <sightline/vectors.h>

#include <numeric>

#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;
namespace fs = std::filesystem;

TEST(ExportTest, WritesTheImagesAsAVectorSet) {
  const LibraryFolder folder;
  HashEncoder encoder;
  for (int i = 0; i < 5; ++i)
    folder.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
  folder.write("3.txt", "a caption\n");
  folder.index(encoder);
  fs::remove(folder.image("1.jpg"));
  folder.index(encoder);
  const fs::path npy = folder.images().parent_path() / "export.npy";
  EXPECT_EQ(export_library(*Library(folder.library()).collection(), npy), 4);

  const VectorSet set = VectorSet::open(npy, {.kind = VectorKind::images, .unit_length = true});
  ASSERT_EQ(set.index().rows(), 4);
  std::vector<int64_t> rows(4);
  std::iota(rows.begin(), rows.end(), 0);
  const std::vector<VectorItem> items = set.items(rows);
  ASSERT_TRUE(set.provenance().has_value() && set.provenance()->source.has_value());
  const auto images = read_source_images(*set.provenance()->source, items);
  for (const int64_t row : rows) {
    const auto at = static_cast<size_t>(row);
    const std::string name = fs::path(items[at].id).stem();
    EXPECT_EQ(items[at].id, folder.image(name + ".jpg").string());
    const std::string bytes(images[at].begin(), images[at].end());
    EXPECT_EQ(bytes, "image " + name);
    EXPECT_TRUE(std::ranges::equal(set.index().row(row), HashEncoder::vector_of("hash", bytes)));
    EXPECT_EQ(items[at].captions.empty(), name != "3");
  }
}

}  // namespace
}  // namespace sightline
