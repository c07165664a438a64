// A library whose folder this user cannot write to is read without locks.
#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;
namespace fs = std::filesystem;

// Takes the right to write to a folder from this process; root keeps it and only seems to lack it.
class ReadOnlyFolder {
 public:
  explicit ReadOnlyFolder(fs::path folder) : folder_(std::move(folder)), user_(::getuid()) {
    constexpr uid_t kNobody = 65534;
    if (user_ == 0) {
      EXPECT_EQ(::setreuid(kNobody, static_cast<uid_t>(-1)), 0);
    }
    fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  }
  ~ReadOnlyFolder() {
    fs::permissions(folder_, fs::perms::owner_all);
    if (user_ == 0) {
      EXPECT_EQ(::setreuid(0, static_cast<uid_t>(-1)), 0);
    }
  }
  ReadOnlyFolder(const ReadOnlyFolder&) = delete;
  ReadOnlyFolder& operator=(const ReadOnlyFolder&) = delete;

 private:
  fs::path folder_;
  uid_t user_;
};

TEST(ReadOnlyLibrary, NoticesThatItsOwnerChangedIt) {
  const LibraryFolder folder;
  HashEncoder encoder;
  folder.write("a.jpg", "first");
  folder.index(encoder);
  std::optional<Library> library;
  std::shared_ptr<const Collection> before;
  {
    const ReadOnlyFolder closed(folder.library());
    ASSERT_NE(::access(folder.library().c_str(), W_OK), 0);
    library.emplace(folder.library());
    before = library->collection();
    EXPECT_EQ(library->collection(), before);
  }
  folder.write("b.jpg", "second");
  folder.index(encoder);
  const ReadOnlyFolder closed(folder.library());
  const auto after = library->collection();
  EXPECT_EQ(before->vectors().live_rows(), 1);
  EXPECT_EQ(after->vectors().live_rows(), 2);
  EXPECT_EQ(library->collection(), after);
  EXPECT_EQ(library->info().images, 2);
  EXPECT_EQ(library->images_added(), 2);
}

}  // namespace
}  // namespace sightline
