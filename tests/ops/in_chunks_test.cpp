// A batch in chunks, as ResNet towers run it.
#include "backend/cpu/in_chunks.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "reference.h"

namespace sightline::test {
namespace {

constexpr int64_t kMiB = 1 << 20;

// Twice x (B, 3, 5) as (B, 15). Adds the size of x's batch to `sizes`.
struct Twice {
  std::mutex mutex;
  std::vector<int64_t> sizes;

  Tensor operator()(const Tensor& some) {
    Tensor twice({some.dim(0), 15}, DType::f32);
    for (int64_t i = 0; i < some.count(); ++i) twice.data<float>()[i] = 2 * some.data<float>()[i];
    const std::lock_guard lock(mutex);
    sizes.push_back(some.dim(0));
    return twice;
  }
};

// Each image once and in order, in chunks of nearly equal size with at least one image and at most
// `limit` bytes.
void expect_twice(const Tensor& x, int64_t bytes, int64_t limit) {
  Twice twice;
  const Tensor y = cpu_in_chunks(x, bytes, std::ref(twice));
  ASSERT_EQ(y.shape(), (Shape{x.dim(0), 15}));
  for (int64_t i = 0; i < x.count(); ++i) ASSERT_EQ(y.data<float>()[i], 2 * x.data<float>()[i]);
  int64_t images = 0;
  for (const int64_t size : twice.sizes) {
    images += size;
    EXPECT_GE(size, 1);
    EXPECT_LE(size * bytes, std::max(bytes, limit));
    EXPECT_LE(std::abs(size - twice.sizes.front()), 1);
  }
  EXPECT_EQ(images, x.dim(0));
}

// For every number and size of chunks.
TEST(InParts, ResultsComeInOrder) {
  for (const int64_t batch : {1, 2, 7, 9, 32, 4 * thread_count() + 1}) {
    for (const int64_t bytes : {int64_t{0}, kMiB, 3 * kMiB, 7 * kMiB, 100 * kMiB})
      expect_twice(random_tensor({batch, 3, 5}, 1), bytes, 7 * kMiB);
  }
}

// The ranges of images follow them, if all have one.
TEST(InParts, RangesComeInOrder) {
  const Tensor x = random_tensor({9, 3, 5}, 1);
  for (const bool all : {true, false}) {
    const Tensor y = cpu_in_chunks(x, 3 * kMiB, [&](const Tensor& some) {
      Tensor result({some.dim(0), 1}, DType::f32);
      std::vector<NumberRange> ranges;
      for (int64_t b = 0; b < some.dim(0); ++b) {
        result.data<float>()[b] = some.data<float>()[15 * b];
        ranges.push_back({-1, result.data<float>()[b]});
      }
      if (all || some.data<float>() != x.data<float>()) result.set_ranges(std::move(ranges));
      return result;
    });
    if (!all) {
      EXPECT_TRUE(y.ranges().empty());
      continue;
    }
    ASSERT_EQ(y.ranges().size(), 9u);
    for (int64_t b = 0; b < 9; ++b)
      EXPECT_EQ(y.ranges()[static_cast<size_t>(b)].high, y.data<float>()[b]);
  }
}

// In a parallel loop a chunk belongs to one thread, whose cache is smaller.
TEST(InParts, ChunksOfAThreadAreSmaller) {
  parallel_for(2, 1, [](int64_t, int64_t) {
    expect_twice(random_tensor({9, 3, 5}, 1), kMiB, (in_parallel_loop() ? 2 : 7) * kMiB);
  });
}

// Threads with the same number of images run chunks at the same time.
TEST(InParts, ThreadsRunChunksOfTheirOwn) {
  const int64_t threads = thread_count();
  if (threads == 1) GTEST_SKIP() << "one thread";
  std::atomic<int64_t> inside = 0, chunks = 0;
  cpu_in_chunks(random_tensor({2 * threads, 2}, 1), 1, [&](const Tensor& some) {
    inside += in_parallel_loop() ? 1 : 0;
    ++chunks;
    return some;
  });
  EXPECT_EQ(chunks, threads);
  EXPECT_EQ(inside, threads);
  // A single image is not divided: its layers run on all threads.
  cpu_in_chunks(random_tensor({1, 2}, 1), 1, [&](const Tensor& some) {
    EXPECT_FALSE(in_parallel_loop());
    return some;
  });
}

TEST(InParts, APartOfAnotherKindIsRefused) {
  const Tensor x = random_tensor({4, 2}, 1);
  std::atomic<int64_t> calls = 0;
  const auto grows = [&](const Tensor& some) { return Tensor({some.dim(0), ++calls}, DType::f32); };
  EXPECT_THROW(cpu_in_chunks(x, 7 * kMiB, grows), Error);
}

// Nested chunks, as in a ResNet's stages, with residuals moved in.
TEST(InParts, NestedPartsGiveWhatTheWholeGives) {
  const auto ops = create_ops(Backend::cpu);
  ConvolutionSpec spec;
  spec.weight = random_tensor({32, 32, 3, 3}, 2, 0.1f);
  spec.padding = 1;
  const Convolution weights = ops->convolution_weights("c", "", spec);
  const auto block = [&](Tensor x) {
    const Tensor y = ops->convolution(x, weights, Activation::relu, {});
    return ops->convolution(y, weights, Activation::relu, std::move(x));
  };
  const Tensor x = random_tensor({7, 12, 12, 32}, 3), kept = random_tensor({7, 12, 12, 32}, 3);
  const Tensor whole = block(block(x));
  const Tensor y = ops->in_chunks(x, kMiB / 2, [&](const Tensor& some) {
    return block(ops->in_chunks(some, kMiB, [&](const Tensor& few) { return block(few); }));
  });
  EXPECT_EQ(difference(y, whole).largest, 0);
  EXPECT_EQ(difference(x, kept).largest, 0);
}

}  // namespace
}  // namespace sightline::test
