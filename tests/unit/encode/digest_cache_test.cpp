// Digests of weight files: remembered while the files are the same, never longer.
#include "encode/digest_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <map>
#include <thread>

#include "base/file.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

class DigestCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_digest_test." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    write(1);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(float value) const {
    Tensor tensor({2}, DType::f32);
    tensor.data<float>()[0] = tensor.data<float>()[1] = value;
    const NamedTensor named[] = {{"w", std::move(tensor)}};
    write_safetensors(file(), named, FloatStorage::f32);
  }
  fs::path file() const { return folder_ / "model.safetensors"; }
  fs::path cache() const { return folder_ / "cache"; }
  Checkpoint open() const { return Checkpoint(file()); }
  Digest remembered(const fs::path& folder) const {
    const auto before = std::chrono::system_clock::now();
    return remembered_scan(open(), folder, before).digest;
  }
  int entries() const {
    std::error_code error;
    int count = 0;
    for (auto it = fs::directory_iterator(cache() / "digests", error);
         !error && it != fs::directory_iterator(); ++it)
      ++count;
    return count;
  }
  static void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(2200)); }

  fs::path folder_;
};

TEST_F(DigestCacheTest, AFileThatJustChangedIsNotRemembered) {
  EXPECT_EQ(remembered(cache()), scan_checkpoint(open()).digest);
  EXPECT_EQ(entries(), 0);
}

TEST_F(DigestCacheTest, RemembersUntilTheFileChanges) {
  settle();
  const Digest first = remembered(cache());
  EXPECT_EQ(first, scan_checkpoint(open()).digest);
  ASSERT_EQ(entries(), 1);
  // The second time it comes from the entry: one that says something else is believed.
  const fs::path entry = fs::directory_iterator(cache() / "digests")->path();
  std::string text = read_text_file(entry);
  text[0] = text[0] == '0' ? '1' : '0';
  write_file_atomic(entry, std::string_view(text));
  EXPECT_NE(remembered(cache()), first);
  // Another content of the same size and with the old time of change: the inode's time tells.
  const auto time = fs::last_write_time(file());
  write(2);
  fs::last_write_time(file(), time);
  EXPECT_EQ(remembered(cache()), scan_checkpoint(open()).digest);
}

// A checkpoint stays mapped when another file takes its name, be it by a rename or by a link in the
// way that leads elsewhere: its digest is not that file's, nor remembered as that file's.
TEST_F(DigestCacheTest, AFileThatWasReplacedAfterOpeningKeepsItsDigest) {
  const fs::path other = folder_ / "other", link = folder_ / "link";
  fs::copy(file(), other);
  std::fstream(other, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(-4, std::ios::end)
      .write("abcd", 4);
  fs::create_symlink(file(), link);
  settle();
  const auto before = std::chrono::system_clock::now();
  const Checkpoint old(link);
  const Digest digest = scan_checkpoint(old).digest,
               others = scan_checkpoint(Checkpoint(other)).digest;
  ASSERT_NE(digest, others);
  fs::remove(link);
  fs::create_symlink(other, link);
  EXPECT_EQ(remembered_scan(old, cache(), before).digest, digest);
  EXPECT_EQ(remembered_scan(Checkpoint(link), cache(), before).digest, others);
  EXPECT_EQ(remembered_scan(old, cache(), before).digest, digest);
  EXPECT_EQ(entries(), 2);
  const Checkpoint first = open();
  fs::rename(other, file());
  EXPECT_EQ(remembered_scan(first, cache(), before).digest, digest);
  settle();
  EXPECT_EQ(remembered(cache()), others);
}

TEST_F(DigestCacheTest, RemembersTensorsThatAreNotFinite) {
  write(-std::numeric_limits<float>::infinity());
  settle();
  const std::map<std::string, int64_t> expected = {{"w", 0}};
  for (int i = 0; i < 2; ++i) {
    const auto before = std::chrono::system_clock::now();
    EXPECT_EQ(remembered_scan(open(), cache(), before).not_finite, expected);
    EXPECT_EQ(entries(), 1);
  }
  // Entries of earlier versions do not say whether the tensors are finite.
  const fs::path entry = fs::directory_iterator(cache() / "digests")->path();
  const std::string text = read_text_file(entry);
  write_file_atomic(entry, std::string_view(text).substr(0, text.find("not finite")));
  EXPECT_EQ(remembered_scan(open(), cache(), std::chrono::system_clock::now()).not_finite,
            expected);
  EXPECT_EQ(read_text_file(entry), text);
}

TEST_F(DigestCacheTest, BrokenEntriesAreComputedAnew) {
  settle();
  const Digest right = remembered(cache());
  const fs::path entry = fs::directory_iterator(cache() / "digests")->path();
  const std::string good = read_text_file(entry);
  for (const std::string& bad : {std::string(), good.substr(1), good + "x", "g" + good.substr(1),
                                 good.substr(0, good.size() - 2) + "x\n"}) {
    write_file_atomic(entry, std::string_view(bad));
    EXPECT_EQ(remembered(cache()), right);
    EXPECT_EQ(read_text_file(entry), good);
  }
}

TEST_F(DigestCacheTest, WithoutAPlaceItIsComputed) {
  settle();
  write_file_atomic(cache(), std::string_view("a file where the folder should be"));
  EXPECT_EQ(remembered(cache()), scan_checkpoint(open()).digest);
  EXPECT_EQ(remembered({}), scan_checkpoint(open()).digest);
}

}  // namespace
}  // namespace sightline
