// Ids of images are never used again, so that they may be far above the number of images.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "library/catalogue/catalogue.h"
#include "library/store/paths.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

// As long as it exists, this process can reserve so much further memory.
class MemoryLimit {
 public:
  explicit MemoryLimit(rlim_t bytes) {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{pages * 4096 + bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(SparseIds, NeedLittleMemory) {
  const LibraryFolder folder;
  HashEncoder encoder;
  folder.write("a.jpg", "first");
  folder.index(encoder);
  {
    library::Catalogue catalogue(library::catalogue_file(folder.library()),
                                 library::Database::Mode::write);
    catalogue.database().execute(
        "UPDATE sqlite_sequence SET seq = 2147482999 "
        "WHERE name = 'contents'");
  }
  const MemoryLimit limit(rlim_t{1} << 30);
  folder.write("b.jpg", "second");
  folder.index(encoder);
  folder.write("c.jpg", "third");
  folder.index(encoder);
  std::filesystem::remove(folder.image("b.jpg"));
  EXPECT_EQ(folder.index(encoder).removed, 1);
  folder.store().compact(true);
  const auto collection = Library(folder.library()).collection();
  EXPECT_EQ(collection->rows_matching({}).count(), 2);
  const auto row = collection->find_item("c.jpg");
  ASSERT_TRUE(row);
  EXPECT_EQ(collection->keys({&*row, 1})[0], 2147483001);
  EXPECT_EQ(collection->row_of_key(2147483001), row);
  EXPECT_EQ(collection->row_of_key(2147483000), std::nullopt);
  EXPECT_EQ(collection->sorted_rows({0, 1}, {SortKey::path, false}).size(), 2u);
  EXPECT_TRUE(check_library(folder.library(), true).problems.empty());
}

}  // namespace
}  // namespace sightline
