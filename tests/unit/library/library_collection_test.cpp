// The perceptual hashes of a library's rows.
#include <gtest/gtest.h>

#include "expect_error.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
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

// Rows move when a library changes; keys do not.
TEST(LibraryCollection, KeysStayTheSame) {
  const LibraryFolder folder;
  HashEncoder encoder;
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) folder.write(name, name);
  folder.index(encoder);
  const auto before = Library(folder.library()).collection();
  const auto row_of = [](const Collection& collection, const std::string& name) {
    return collection.find_item(name).value();
  };
  const int64_t row = row_of(*before, "c.jpg");
  const int64_t key = before->keys({&row, 1})[0];
  const int64_t gone = row_of(*before, "a.jpg");
  const int64_t gone_key = before->keys({&gone, 1})[0];
  fs::remove(folder.image("a.jpg"));
  folder.write("d.jpg", "d");
  folder.index(encoder);
  {
    LibraryWriter writer(folder.library());
    writer.compact(true);
  }
  const auto after = Library(folder.library()).collection();
  EXPECT_EQ(after->row_of_key(key), row_of(*after, "c.jpg"));
  EXPECT_EQ(after->row_of_key(gone_key), std::nullopt);
  EXPECT_EQ(after->row_of_key(-1), std::nullopt);
  EXPECT_EQ(after->row_of_key(1 << 30), std::nullopt);
  const Query query = item_query(key);
  const SearchResult found = search_collection(*after, {&query, 1}, {.k = 1});
  EXPECT_EQ(found.queries[0].hits[0].row, row_of(*after, "c.jpg"));
  const Query missing = item_query(gone_key);
  test::expect_error(ErrorCode::not_found, "has no image", [&] {
    search_collection(*after, {&missing, 1});
  });
}

// Of the copies of a folded near-duplicate, only those that meet the filter are named.
TEST(LibraryCollection, NamesTheCopiesOfDuplicatesThatMeetTheFilter) {
  const LibraryFolder folder;
  HashEncoder encoder;
  const std::vector<float> vector = HashEncoder::vector_of("hash", "x");
  {
    library::Store store = folder.store();
    const int64_t model = folder.model(store, encoder);
    for (const char* name : {"1.jpg", "2.jpg"}) {
      library::ContentRecord content;
      content.sha256 = Sha256().update(name).digest();
      const int64_t id = store.change().add_content(content);
      store.add_vector(model, id, vector);
      for (const char* place : {"/photos/a/", "/photos/b/", "/photos/c/"}) {
        library::ItemRecord item;
        item.path = std::string(place) + name;
        item.content = id;
        store.change().put_item(item);
      }
    }
    store.commit();
  }
  Query query = vector_query("x", vector);
  query.filter.conditions.push_back({.field = FilterField::path, .texts = {"b"}});
  const auto collection = Library(folder.library()).collection();
  const SearchResult found =
      search_collection(*collection, {&query, 1}, {.group = NearDuplicateOptions()});
  ASSERT_EQ(found.queries[0].hits.size(), 1u);
  const SearchHit& hit = found.queries[0].hits[0];
  EXPECT_EQ(hit.item.id, "/photos/b/1.jpg");
  EXPECT_TRUE(hit.item.copies.empty());
  ASSERT_EQ(hit.duplicates.size(), 1u);
  EXPECT_EQ(hit.duplicates[0].item.id, "/photos/b/2.jpg");
  EXPECT_TRUE(hit.duplicates[0].item.copies.empty());
}

}  // namespace
}  // namespace sightline
