#include "tensor/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace sightline {
namespace {

const auto* bytes_of(const Tensor& tensor) {
  return static_cast<const uint8_t*>(tensor.raw());
}

TEST(Arena, TensorsAreZeroAndAligned) {
  Arena arena;
  for (const int64_t count : {0, 1, 63, 64, 1000, 3 << 20}) {
    const Tensor tensor = arena.tensor({count}, DType::u8);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(tensor.raw()) % 64, 0u) << count;
    EXPECT_EQ(tensor.bytes(), static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) ASSERT_EQ(bytes_of(tensor)[i], 0) << i;
  }
}

TEST(Arena, TensorsAreContiguousAndDoNotOverlap) {
  Arena arena;
  std::vector<Tensor> tensors;
  for (int64_t i = 1; i <= 50; ++i) {
    tensors.push_back(arena.tensor({i * 1000}, DType::f32));
    std::memset(const_cast<void*>(tensors.back().raw()), static_cast<int>(i),
                tensors.back().bytes());
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    for (size_t k = 0; k < tensors[i].bytes(); ++k) ASSERT_EQ(bytes_of(tensors[i])[k], i + 1);
  }
  for (size_t i = 1; i < tensors.size(); ++i) {
    EXPECT_LT(bytes_of(tensors[i]) - bytes_of(tensors[i - 1]) -
                  static_cast<int64_t>(tensors[i - 1].bytes()),
              64);
  }
}

// A tensor larger than a slab gets a slab of its own; later tensors continue in the previous slab.
TEST(Arena, ALargeTensorDoesNotReplaceTheCurrentSlab) {
  Arena arena;
  const Tensor first = arena.tensor({64}, DType::u8);
  const Tensor large = arena.tensor({int64_t{300} << 20}, DType::u8);
  const Tensor second = arena.tensor({64}, DType::u8);
  EXPECT_EQ(bytes_of(second), bytes_of(first) + 64);
  auto* const last = const_cast<uint8_t*>(bytes_of(large)) + large.bytes() - 1;
  EXPECT_EQ(*last, 0);
  *last = 1;  // writable
}

TEST(Arena, TensorsMayOutliveTheArena) {
  Tensor tensor;
  {
    Arena arena;
    tensor = arena.tensor({100}, DType::f32);
    tensor.data<float>()[99] = 7;
  }
  EXPECT_EQ(tensor.data<float>()[99], 7);
  EXPECT_FALSE(tensor.exclusive());  // the slab may hold other tensors
}

TEST(Arena, RejectsImpossibleSizes) {
  EXPECT_THROW(Arena().tensor({INT64_MAX / 8}, DType::f32), std::bad_alloc);
}

}  // namespace
}  // namespace sightline
