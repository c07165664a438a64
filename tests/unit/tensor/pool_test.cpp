#include "tensor/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace sightline {
namespace {

class Pool : public testing::Test {
 protected:
  void SetUp() override { pool_trim(); }
  void TearDown() override { pool_trim(); }
};

constexpr size_t kMega = 1u << 20;

TEST_F(Pool, BlocksAreAlignedAndWritable) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{63}, size_t{4096}, size_t{4097}, kMega,
                            4 * kMega - 64, 4 * kMega, 33 * kMega + 5}) {
    void* const block = pool_allocate(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u) << size;
    std::memset(block, 0xab, size);
    pool_release(block);
  }
}

TEST_F(Pool, ABlockIsReusedForTheSameSize) {
  for (const size_t size : {size_t{100}, size_t{100000}, 20 * kMega}) {
    void* const first = pool_allocate(size);
    pool_release(first);
    void* const second = pool_allocate(size);
    EXPECT_EQ(first, second) << size;
    pool_release(second);
  }
}

TEST_F(Pool, ABlockIsReusedForSlightlySmallerSizes) {
  void* const large = pool_allocate(16 * kMega);
  pool_release(large);
  void* const three_quarters = pool_allocate(12 * kMega);
  EXPECT_EQ(three_quarters, large);
  pool_release(three_quarters);
  void* const quarter = pool_allocate(4 * kMega);
  EXPECT_NE(quarter, large);
  pool_release(quarter);
}

// A transformer's last layer computes only keys and values, half the size of its largest result.
TEST_F(Pool, ABlockIsReusedForHalfItsSize) {
  for (const size_t width : {20 * kMega - 1300000, 5 * kMega + 5, 12345 * size_t{1000}}) {
    void* const hidden = pool_allocate(2 * width);
    pool_release(hidden);
    void* const key_value = pool_allocate(width);
    EXPECT_EQ(key_value, hidden) << width;
    pool_release(key_value);
    pool_trim();
  }
}

// A transformer layer allocates 3 and then 4 times the width; from the second layer on, both use
// the same block.
TEST_F(Pool, TheLargestTensorsOfALayerShareABlock) {
  void* last = nullptr;
  for (int layer = 0; layer < 4; ++layer) {
    void* const qkv = pool_allocate(30 * kMega);
    pool_release(qkv);
    void* const hidden = pool_allocate(40 * kMega);
    pool_release(hidden);
    if (layer > 0) {
      EXPECT_EQ(qkv, last);
      EXPECT_EQ(hidden, last);
    }
    last = hidden;
  }
}

TEST_F(Pool, RejectsImpossibleSizes) {
  EXPECT_THROW(pool_allocate(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(pool_allocate(SIZE_MAX / 2 + 2), std::bad_alloc);
}

// Blocks in use never overlap under random allocation and release from two threads.
TEST_F(Pool, BlocksInUseKeepTheirContent) {
  const auto work = [](uint32_t seed) {
    std::mt19937 random(seed);
    struct Block {
      unsigned char* data;
      size_t size;
      unsigned char mark;
    };
    std::vector<Block> blocks;
    for (int step = 0; step < 3000; ++step) {
      if (blocks.size() < 12 && random() % 2 == 0) {
        const size_t size = size_t{1} << (random() % 16) | random() % 1000;
        const auto mark = static_cast<unsigned char>(random());
        auto* const data = static_cast<unsigned char*>(pool_allocate(size));
        std::memset(data, mark, size);
        blocks.push_back({data, size, mark});
      } else if (!blocks.empty()) {
        const size_t i = random() % blocks.size();
        const Block block = blocks[i];
        for (size_t k = 0; k < block.size; ++k) ASSERT_EQ(block.data[k], block.mark);
        pool_release(block.data);
        blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (step % 500 == 0) pool_trim();
    }
    for (const Block& block : blocks) pool_release(block.data);
  };
  std::thread other(work, 1);
  work(2);
  other.join();
}

}  // namespace
}  // namespace sightline
