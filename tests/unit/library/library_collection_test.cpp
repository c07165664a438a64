// A library as a collection.
#include <gtest/gtest.h>
#include <sightline/library_overview.h>

#include <map>

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

// Adds a file for each path, each of another image, and the roots.
void add_files(const LibraryFolder& folder, const std::vector<std::string>& roots,
               const std::vector<std::string>& paths) {
  HashEncoder encoder;
  library::Store store = folder.store();
  const int64_t model = folder.model(store, encoder);
  for (const std::string& root : roots) store.change().add_root(root, "{}");
  for (const std::string& path : paths) {
    library::ContentRecord content;
    content.sha256 = Sha256().update(path).digest();
    library::ItemRecord item;
    item.path = path;
    item.content = store.change().add_content(content);
    store.add_vector(model, item.content, HashEncoder::vector_of("hash", path));
    store.change().put_item(item);
  }
  store.commit();
}

int64_t matching(const Collection& collection, const std::string& query) {
  return collection.rows_matching(parse_query(query).filter).count();
}

// A right and a wrong guess of a folder above the roots are answered alike.
TEST(LibraryCollection, HidesTheFoldersAboveItsRoots) {
  const LibraryFolder folder;
  add_files(folder, {"/home/me/Photos", "/media/Photos/", "/home/me/one.jpg"},
            {"/home/me/Photos/2019/a.jpg", "/home/me/Photos/b.jpg", "/media/Photos/2019/c.jpg",
             "/home/me/one.jpg"});
  const auto hidden = Library(folder.library(), {.hide_folders = true}).collection();
  const auto shown = Library(folder.library()).collection();
  for (const char* guess : {"in:/home", "in:/home/me/Photos", "in:me", "in:home/me",
                            "in:/**/Photos", "in:me/Photos/2019", "in:/*", "in:media"}) {
    EXPECT_GT(matching(*shown, guess), 0) << guess;
    EXPECT_EQ(matching(*hidden, guess), 0) << guess;
    EXPECT_EQ(matching(*hidden, std::string("-") + guess), 4) << guess;
  }
  for (const auto& [query, count] : std::map<std::string, int64_t>{
           {"in:Photos", 2}, {"in:Photos-2", 1}, {"in:2019", 2}, {"in:photos/2019", 1}})
    EXPECT_EQ(matching(*hidden, query), count) << query;
  for (const char* name : {"/home/me/Photos/2019/a.jpg", "me/Photos/b.jpg", "me/one.jpg"}) {
    EXPECT_TRUE(shown->find_item(name)) << name;
    EXPECT_FALSE(hidden->find_item(name)) << name;
  }
  for (const auto& [name, same] :
       std::map<std::string, std::string>{{"Photos/2019/a.jpg", "/home/me/Photos/2019/a.jpg"},
                                          {"Photos-2/2019/c.jpg", "/media/Photos/2019/c.jpg"},
                                          {"one.jpg", "/home/me/one.jpg"}})
    EXPECT_EQ(hidden->find_item(name), shown->find_item(same)) << name;
  const Query query = parse_query("in:2019 sort:path");
  const SearchResult found = search_collection(*hidden, {&query, 1});
  // "Photos-2/…" comes before "Photos/…".
  EXPECT_EQ(found.queries[0].hits.at(0).item.id, "/media/Photos/2019/c.jpg");
}

TEST(LibraryCollection, CountsFoldersAsFiltersSeeThem) {
  const LibraryFolder folder;
  add_files(folder, {"/home/me/Photos", "/media/Photos", "/home/me/one.jpg"},
            {"/home/me/Photos/2019/a.jpg", "/home/me/Photos/2020/b.jpg", "/media/Photos/c.jpg",
             "/home/me/one.jpg"});
  const auto hidden = Library(folder.library(), {.hide_folders = true}).collection();
  const std::vector<FacetValue> folders = library_facets(*hidden, {}).folders;
  std::vector<std::string> names;
  for (const FacetValue& one : folders) {
    names.push_back(one.value);
    EXPECT_EQ(matching(*hidden, "in:" + one.value), one.count) << one.value;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"Photos-2", "Photos/2019", "Photos/2020"}));
}

// A segment that another program shortened in place would end the process when it is read.
TEST(LibraryCollection, RefusesASegmentThatWasShortened) {
  const LibraryFolder folder;
  add_files(folder, {"/photos"}, {"/photos/a.jpg", "/photos/b.jpg"});
  const Library library(folder.library());
  const auto before = library.collection();
  EXPECT_EQ(library.collection(), before);
  fs::path segment;
  for (const auto& entry : fs::recursive_directory_iterator(folder.library())) {
    if (entry.path().extension() == ".segment") segment = entry.path();
  }
  ASSERT_FALSE(segment.empty());
  const fs::path kept = segment.string() + ".kept";
  fs::copy_file(segment, kept);
  fs::resize_file(segment, fs::file_size(segment) / 2);
  test::expect_error(ErrorCode::invalid_data, "is cut off", [&] { library.collection(); });
  test::expect_error(ErrorCode::invalid_data, "is cut off", [&] { library.collection(); });
  fs::rename(kept, segment);  // restored: another file of the same name
  const auto after = library.collection();
  EXPECT_NE(after, before);
  EXPECT_EQ(library.collection(), after);
  const Query query = item_query("a.jpg");
  EXPECT_EQ(search_collection(*after, {&query, 1}, {.k = 1}).queries[0].hits[0].item.id,
            "/photos/a.jpg");
}

// Compaction removes files that snapshots still use.
TEST(LibraryCollection, KeepsASegmentThatWasRemoved) {
  const LibraryFolder folder;
  add_files(folder, {"/photos"}, {"/photos/a.jpg"});
  const Library library(folder.library());
  const auto before = library.collection();
  for (const auto& entry : fs::recursive_directory_iterator(folder.library())) {
    if (entry.path().extension() == ".segment") fs::remove(entry.path());
  }
  EXPECT_EQ(library.collection(), before);
}

}  // namespace
}  // namespace sightline
