// The store of preprocessed images.
#include "train/image_store.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <unistd.h>

#include <fstream>

#include "base/parallel.h"
#include "base/random.h"
#include "size_limit.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using testing::TemporaryFolder;

constexpr int64_t kMiB = int64_t{1} << 20;

// An image whose pixels depend on its number.
Image image(int side, int64_t number) {
  Image image{side, side, std::vector<uint8_t>(static_cast<size_t>(side * side) * 3)};
  Random random{static_cast<uint64_t>(number)};
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random.below(256));
  return image;
}

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST(ImageStore, ReturnsTheSamePixelsFromMemoryAndFile) {
  const TemporaryFolder folder;
  constexpr int64_t kImages = 40;
  for (const int64_t limit : {int64_t{0}, int64_t{5000}, kMiB}) {
    ImageStore store(folder.path(), limit);
    for (int64_t i = 0; i < kImages; ++i) EXPECT_EQ(store.add(image(i % 3 == 0 ? 20 : 16, i)), i);
    EXPECT_LE(store.memory_bytes(), limit);
    EXPECT_EQ(store.memory_bytes() + store.file_bytes(), 14 * 20 * 20 * 3 + 26 * 16 * 16 * 3);
    EXPECT_EQ(store.file_bytes() > 0, limit < kMiB);
    parallel_for(kImages, 1, [&](int64_t begin, int64_t end) {
      Image buffer;
      for (int64_t i = begin; i < end; ++i) {
        store.read_ahead(kImages - 1 - i);
        const Image expected = image(i % 3 == 0 ? 20 : 16, i);
        const Image& found = store.get(i, buffer);
        EXPECT_EQ(found.width, expected.width);
        EXPECT_EQ(found.height, expected.height);
        EXPECT_EQ(found.pixels, expected.pixels) << i;
      }
    });
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));  // also while the file is open
  }
}

TEST(ImageStore, ResidentMemoryDoesNotGrowWithTheFile) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer keeps freed memory resident";
#endif
  const TemporaryFolder folder;
  ImageStore store(folder.path(), kMiB);
  const Image one = image(128, 1);
  const int64_t count = 96 * kMiB / static_cast<int64_t>(one.pixels.size());
  const int64_t before = resident_bytes();
  for (int64_t i = 0; i < count; ++i) store.add(one);
  Image buffer;
  Random random{2};
  for (int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<int64_t>(random.below(static_cast<uint64_t>(count)));
    store.read_ahead(index);
    ASSERT_EQ(store.get(index, buffer).pixels, one.pixels);
  }
  EXPECT_GT(store.file_bytes(), 94 * kMiB);
  // A sixth of the file: the limit, buffers, and whatever else the process allocated meanwhile.
  EXPECT_LT(resident_bytes() - before, 16 * kMiB);
}

// As on a disk that is full, writing fails at some size.
TEST(ImageStore, AFileThatCannotGrowIsOneSentence) {
  const TemporaryFolder folder;
  ImageStore store(folder.path(), 0);
  std::string problem;
  try {
    const test::SizeLimit limit(3000);
    for (int i = 0; i < 10; ++i) store.add(image(20, i));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    problem = error.what();
  }
  EXPECT_NE(problem.find(folder.path().string()), std::string::npos) << problem;
  EXPECT_NE(problem.find("File too large; choose"), std::string::npos) << problem;
  EXPECT_NE(problem.find("--image-memory"), std::string::npos) << problem;
  EXPECT_EQ(problem.find('\n'), std::string::npos) << problem;
  Image buffer;
  EXPECT_EQ(store.get(1, buffer).pixels, image(20, 1).pixels);  // those before can be read
}

TEST(ImageStore, AMissingFolderIsAnError) {
  const TemporaryFolder folder;
  ImageStore store(folder.path() / "none", 0);
  EXPECT_THROW(store.add(image(4, 1)), Error);
}

TEST(ImageStore, TheDefaultIsAPartOfTheMemory) {
  EXPECT_GT(default_image_memory(), 0);
}

}  // namespace
}  // namespace sightline
