#include "encode/embedding_cache.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <random>

namespace sightline {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sl_cache_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

EmbeddingCacheKey test_key(int64_t dim = 3) {
  return {"fingerprint", "resize 224", "cpu fp32", "image", dim};
}

Digest digest_of(int number) {
  return sha256({reinterpret_cast<const uint8_t*>(&number), sizeof number});
}

std::optional<std::vector<float>> find(EmbeddingCache& cache, const Digest& digest) {
  std::vector<float> row(static_cast<size_t>(cache.dim()));
  if (!cache.lookup(digest, row)) return std::nullopt;
  return row;
}

void add(EmbeddingCache& cache, int number, const std::vector<float>& row) {
  const Digest digest = digest_of(number);
  cache.append({&digest, 1}, row);
}

void overwrite(const fs::path& path, int64_t offset, char value) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file.put(value);
}

TEST(EmbeddingCache, KeepsVectorsBetweenOpenings) {
  const TemporaryFolder folder;
  {
    EmbeddingCache cache(folder.path(), test_key());
    EXPECT_EQ(cache.size(), 0);
    EXPECT_FALSE(find(cache, digest_of(1)));
    add(cache, 1, {1, 2, 3});
    add(cache, 2, {4, 5, 6});
    EXPECT_EQ(find(cache, digest_of(1)), (std::vector<float>{1, 2, 3}));
  }
  EmbeddingCache cache(folder.path(), test_key());
  EXPECT_EQ(cache.size(), 2);
  EXPECT_EQ(find(cache, digest_of(2)), (std::vector<float>{4, 5, 6}));
  EXPECT_FALSE(find(cache, digest_of(3)));
  EXPECT_TRUE(cache.warnings().empty());
}

TEST(EmbeddingCache, RemovesWhatKilledProcessesHaveLeft) {
  const TemporaryFolder folder;
  { EmbeddingCache cache(folder.path(), test_key()); }
  fs::path store;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    if (entry.path().filename() == "key.txt") store = entry.path().parent_path();
  for (const char* name : {"key.txt", "keys.bin", "vectors.bin"})
    std::ofstream(store / (std::string(name) + ".tmp.999999999.0")) << "left";
  { EmbeddingCache cache(folder.path(), test_key()); }
  for (const auto& entry : fs::directory_iterator(store))
    EXPECT_EQ(entry.path().string().find(".tmp."), std::string::npos) << entry.path();
}

TEST(EmbeddingCache, EveryPartOfTheKeyHasItsOwnStore) {
  const TemporaryFolder folder;
  EmbeddingCache first(folder.path(), test_key());
  add(first, 1, {1, 2, 3});
  std::vector<EmbeddingCacheKey> others(5, test_key());
  others[0].model = "other";
  others[1].preprocess = "resize 336";
  others[2].precision = "torch fp32";
  others[3].what = "text";
  others[4].dim = 4;
  for (const auto& key : others) {
    EmbeddingCache cache(folder.path(), key);
    EXPECT_FALSE(find(cache, digest_of(1))) << key.describe();
  }
}

TEST(EmbeddingCache, TheLatestVectorOfADigestCounts) {
  const TemporaryFolder folder;
  EmbeddingCache cache(folder.path(), test_key());
  add(cache, 1, {1, 1, 1});
  add(cache, 1, {2, 2, 2});
  EXPECT_EQ(find(cache, digest_of(1)), (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(cache.size(), 1);
}

TEST(EmbeddingCache, ADamagedRecordIsAbsentAndTold) {
  const TemporaryFolder folder;
  EmbeddingCache writer(folder.path(), test_key());
  add(writer, 1, {1, 2, 3});
  add(writer, 2, {4, 5, 6});
  overwrite(writer.directory() / "vectors.bin", 64 + 1, '\x55');  // a byte of the first vector
  EmbeddingCache cache(folder.path(), test_key());
  EXPECT_FALSE(find(cache, digest_of(1)));
  ASSERT_EQ(cache.warnings().size(), 1u);
  EXPECT_NE(cache.warnings()[0].find("record 0 is damaged"), std::string::npos);
  EXPECT_TRUE(find(cache, digest_of(2)));
  add(cache, 1, {7, 8, 9});
  EXPECT_EQ(find(cache, digest_of(1)), (std::vector<float>{7, 8, 9}));
}

TEST(EmbeddingCache, AForeignFileIsMovedAside) {
  const TemporaryFolder folder;
  fs::path directory;
  {
    EmbeddingCache cache(folder.path(), test_key());
    add(cache, 1, {1, 2, 3});
    directory = cache.directory();
  }
  std::ofstream(directory / "vectors.bin") << "something else altogether";
  EmbeddingCache cache(folder.path(), test_key());
  EXPECT_FALSE(find(cache, digest_of(1)));
  ASSERT_EQ(cache.warnings().size(), 1u);
  EXPECT_TRUE(fs::exists(directory / "vectors.bin.bad"));
  add(cache, 1, {7, 8, 9});
  EXPECT_EQ(find(cache, digest_of(1)), (std::vector<float>{7, 8, 9}));
}

// std::filesystem throws its own type at a link to itself; this library does not.
TEST(EmbeddingCache, LinksInALoopAreNotTheEnd) {
  const TemporaryFolder folder;
  fs::path store;
  {
    EmbeddingCache cache(folder.path(), test_key());
    add(cache, 1, {1, 2, 3});
    store = cache.directory();
  }
  for (const char* name : {"key.txt", "keys.bin"}) {
    fs::remove(store / name);
    fs::create_symlink(name, store / name);
  }
  EmbeddingCache cache(folder.path(), test_key());
  EXPECT_EQ(cache.warnings().size(), 1u);
  EXPECT_EQ(find(cache, digest_of(1)), std::nullopt);
  add(cache, 1, {1, 2, 3});
  EXPECT_TRUE(find(cache, digest_of(1)));
  fs::remove(store / "lock");
  fs::create_symlink("lock", store / "lock");
  EXPECT_THROW(EmbeddingCache(folder.path(), test_key()), Error);
}

TEST(EmbeddingCache, EveryDamagedByteOfAHeadIsNoticed) {
  const TemporaryFolder folder;
  for (const char* name : {"keys.bin", "vectors.bin"}) {
    for (int64_t offset = 0; offset < 64; offset += 3) {
      fs::path directory;
      {
        EmbeddingCache cache(folder.path(), test_key());
        add(cache, 1, {1, 2, 3});
        directory = cache.directory();
      }
      std::ifstream file(directory / name, std::ios::binary);
      file.seekg(offset);
      const char old = static_cast<char>(file.get());
      overwrite(directory / name, offset, static_cast<char>(old ^ 0x10));
      EmbeddingCache cache(folder.path(), test_key());
      EXPECT_FALSE(find(cache, digest_of(1)));
      EXPECT_EQ(cache.warnings().size(), 1u) << name << " " << offset;
    }
  }
}

TEST(EmbeddingCache, TwoObjectsSeeEachOthersVectors) {
  const TemporaryFolder folder;
  EmbeddingCache a(folder.path(), test_key()), b(folder.path(), test_key());
  add(a, 1, {1, 2, 3});
  add(b, 2, {4, 5, 6});
  EXPECT_TRUE(find(b, digest_of(1)));
  add(a, 3, {7, 8, 9});
  EXPECT_TRUE(find(a, digest_of(2)));
  EmbeddingCache c(folder.path(), test_key());
  EXPECT_EQ(c.size(), 3);
}

TEST(EmbeddingCache, ProcessesThatAppendAtOnceLoseNothing) {
  const TemporaryFolder folder;
  constexpr int kProcesses = 4, kEach = 50;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        EmbeddingCache cache(folder.path(), test_key());
        for (int i = 0; i < kEach; ++i) {
          const int number = p * kEach + i;
          add(cache, number, {static_cast<float>(number), 0, 1});
        }
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EmbeddingCache cache(folder.path(), test_key());
  EXPECT_EQ(cache.size(), kProcesses * kEach);
  for (int number = 0; number < kProcesses * kEach; ++number) {
    EXPECT_EQ(find(cache, digest_of(number)),
              (std::vector<float>{static_cast<float>(number), 0, 1}));
  }
}

TEST(EmbeddingCache, RefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  EXPECT_THROW(EmbeddingCache(folder.path(), test_key(0)), Error);
  EmbeddingCache cache(folder.path(), test_key());
  const Digest digest = digest_of(1);
  EXPECT_THROW(cache.append({&digest, 1}, std::vector<float>{1, 2}), Error);
  std::vector<float> room(2);
  EXPECT_THROW(cache.lookup(digest, room), Error);
  EXPECT_THROW(EmbeddingCache("/proc/no/such/place", test_key()), Error);
}

// The store against a map, under random appends, reopenings, cuts and scribbles. What was cut off
// or damaged may be missing; what comes out must be what the map holds or held for that digest.
TEST(EmbeddingCacheProperty, BehavesLikeAMap) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const TemporaryFolder folder;
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const int64_t dim = 1 + pick(5);
    auto cache = std::make_unique<EmbeddingCache>(folder.path(), test_key(dim));
    std::map<int, std::vector<std::vector<float>>> model;  // every vector that a digest ever had
    bool harmed = false;
    for (int step = 0; step < 120; ++step) {
      const int action = pick(20);
      if (action < 12) {
        const int count = 1 + pick(4);
        std::vector<Digest> digests;
        std::vector<float> rows;
        for (int i = 0; i < count; ++i) {
          const int number = pick(40);
          std::vector<float> row;
          for (int64_t d = 0; d < dim; ++d) row.push_back(static_cast<float>(random()));
          digests.push_back(digest_of(number));
          rows.insert(rows.end(), row.begin(), row.end());
          model[number].push_back(row);
        }
        cache->append(digests, rows);
      } else if (action < 16) {
        cache = std::make_unique<EmbeddingCache>(folder.path(), test_key(dim));
      } else if (action < 18 && seed % 3 != 0) {  // cut one of the files at any place
        const fs::path directory = cache->directory();
        cache.reset();
        const fs::path file = directory / (pick(2) == 0 ? "keys.bin" : "vectors.bin");
        const auto size = static_cast<int>(fs::file_size(file));
        fs::resize_file(file, static_cast<uintmax_t>(pick(4) == 0 ? pick(size + 1)
                                                                  : std::max(64, size - pick(60))));
        cache = std::make_unique<EmbeddingCache>(folder.path(), test_key(dim));
        harmed = true;
      } else if (action == 18 && seed % 3 == 1) {  // flip a byte anywhere
        const fs::path directory = cache->directory();
        cache.reset();
        const fs::path file = directory / (pick(2) == 0 ? "keys.bin" : "vectors.bin");
        overwrite(file, pick(static_cast<int>(fs::file_size(file))), static_cast<char>(random()));
        cache = std::make_unique<EmbeddingCache>(folder.path(), test_key(dim));
        harmed = true;
      }
      const int asked = pick(40);
      const auto found = find(*cache, digest_of(asked));
      const auto& known = model[asked];
      if (found) {
        EXPECT_NE(std::find(known.begin(), known.end(), *found), known.end()) << "seed " << seed;
      }
      if (!harmed) {
        ASSERT_EQ(found.has_value(), !known.empty()) << "seed " << seed << " step " << step;
        if (found) {
          EXPECT_EQ(*found, known.back());
        }
      }
    }
  }
}

}  // namespace
}  // namespace sightline
