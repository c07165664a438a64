// A batch in chunks, as ResNet towers run it.
#include "backend/cpu/in_chunks.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "reference.h"

namespace sightline::test {
namespace {

constexpr int64_t kMiB = 1 << 20;

// Each image once and in order, for every number and size of chunks.
TEST(InParts, ResultsComeInOrder) {
  for (const int64_t batch : {1, 2, 7, 9, 32}) {
    for (const int64_t bytes : {int64_t{0}, kMiB, 3 * kMiB, 7 * kMiB, 100 * kMiB}) {
      const Tensor x = random_tensor({batch, 3, 5}, 1);
      std::vector<int64_t> parts;
      const Tensor y = cpu_in_chunks(x, bytes, [&](const Tensor& some) {
        parts.push_back(some.dim(0));
        Tensor twice({some.dim(0), 15}, DType::f32);
        for (int64_t i = 0; i < some.count(); ++i)
          twice.data<float>()[i] = 2 * some.data<float>()[i];
        return twice;
      });
      ASSERT_EQ(y.shape(), (Shape{batch, 15}));
      for (int64_t i = 0; i < x.count(); ++i) ASSERT_EQ(y.data<float>()[i], 2 * x.data<float>()[i]);
      // As many images as fit into 7 MiB, at least one, and chunks of nearly equal size.
      for (const int64_t part : parts) {
        EXPECT_LE(part * bytes, std::max(bytes, 7 * kMiB));
        EXPECT_LE(parts.front() - part, 1);
        EXPECT_LE(part - parts.front(), 1);
      }
      if (bytes == 3 * kMiB) {
        EXPECT_EQ(parts.size(), static_cast<size_t>((batch + 1) / 2));
      }
    }
  }
}

TEST(InParts, APartOfAnotherKindIsRefused) {
  const Tensor x = random_tensor({4, 2}, 1);
  int calls = 0;
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
