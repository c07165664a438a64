// The perceptual hashes of a library's rows.
#include <gtest/gtest.h>

#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

TEST(LibraryCollection, KnowsPerceptualHashesOfDecodedImages) {
  const LibraryFolder folder;
  HashEncoder encoder;
  const std::vector<uint64_t> hashes = {5, 0, 0xffff'0000'1234'5678, 9};
  {
    library::Store store = folder.store();
    const int64_t model = folder.model(store, encoder);
    for (size_t i = 0; i < hashes.size(); ++i) {
      const std::string name = std::to_string(i);
      library::ContentRecord content;
      content.sha256 = Sha256().update(name).digest();
      content.hash = hashes[i];
      if (i < 3) content.format = "JPEG";  // of the last one, only the vector is known
      content.id = store.change().add_content(content);
      store.add_vector(model, content.id, HashEncoder::vector_of("hash", name));
      library::ItemRecord item;
      item.path = "/photos/" + name + ".jpg";
      item.content = content.id;
      store.change().put_item(item);
    }
    store.commit();
  }
  const auto collection = Library(folder.library()).collection();
  const std::vector<int64_t> rows = {3, 2, 0, 1};
  const auto found = collection->perceptual_hashes(rows);
  ASSERT_EQ(found.size(), rows.size());
  EXPECT_EQ(found[0], std::nullopt);
  EXPECT_EQ(found[1], hashes[2]);
  EXPECT_EQ(found[2], hashes[0]);
  EXPECT_EQ(found[3], hashes[1]);
}

}  // namespace
}  // namespace sightline
