// Pooling, means over positions, and nchw_to_nhwc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

// All backends of this build.
std::vector<std::unique_ptr<Ops>> backends() {
  std::vector<std::unique_ptr<Ops>> all;
  all.push_back(create_ops(Backend::cpu));
  if (auto torch = torch_or_null()) all.push_back(std::move(torch));
  return all;
}

TEST(NchwToNhwc, MovesEveryValue) {
  for (const Shape& shape : {Shape{1, 1, 1, 1}, {2, 3, 5, 7}, {3, 4, 1, 9}, {2, 3, 64, 64}}) {
    const Tensor x = random_tensor(shape, 1);
    Doubles expected;
    for (int64_t b = 0; b < shape[0]; ++b) {
      for (int64_t i = 0; i < shape[2] * shape[3]; ++i) {
        for (int64_t c = 0; c < shape[1]; ++c) {
          expected.push_back(x.data<float>()[(b * shape[1] + c) * shape[2] * shape[3] + i]);
        }
      }
    }
    for (const auto& ops : backends()) {
      const Tensor y = ops->to_host(ops->nchw_to_nhwc(ops->from_host(x)));
      EXPECT_EQ(y.shape(), (Shape{shape[0], shape[2], shape[3], shape[1]}));
      EXPECT_EQ(difference(y, expected).largest, 0) << ops->name();
    }
    const auto low = create_ops(Backend::cpu, {.precision = Precision::bf16});
    const Tensor y = low->nchw_to_nhwc(x);
    ASSERT_EQ(y.dtype(), DType::bf16);
    Tensor pixels({static_cast<int64_t>(expected.size())}, DType::f32);
    std::copy(expected.begin(), expected.end(), pixels.data<float>());
    EXPECT_EQ(std::memcmp(y.raw(), bf16_of(pixels).raw(), y.bytes()), 0);
  }
}

// A few additions of values of unit variance.
TEST(AveragePool, AgreesWithTheDefinition) {
  for (const auto& [shape, side] : {std::pair{Shape{1, 1, 1, 1}, 1},
                                    {Shape{2, 5, 7, 3}, 2},
                                    {Shape{1, 9, 8, 17}, 3},
                                    {Shape{2, 56, 56, 64}, 2},
                                    {Shape{3, 14, 14, 33}, 7},
                                    {Shape{1, 4, 6, 5}, 4}}) {
    const Tensor x = random_tensor(shape, 2);
    for (const auto& ops : backends()) {
      const Tensor y = ops->to_host(ops->average_pool(ops->from_host(x), side));
      EXPECT_EQ(y.shape(), (Shape{shape[0], shape[1] / side, shape[2] / side, shape[3]}));
      EXPECT_LE(difference(y, reference_average_pool(x, side)).largest, 5e-7)
          << ops->name() << shape_text(shape);
    }
  }
}

// Selects values: exact. One case has only negative values, to detect zeros in the padding.
TEST(MaxPool, IsExact) {
  struct Case {
    Shape x;
    int64_t side, stride, padding;
  };
  for (const auto& [shape, side, stride, padding] : {Case{{1, 1, 1, 1}, 1, 1, 0},
                                                     {{2, 7, 5, 3}, 3, 2, 1},
                                                     {{1, 8, 9, 17}, 2, 2, 0},
                                                     {{2, 112, 112, 64}, 3, 2, 1},
                                                     {{1, 4, 4, 5}, 4, 1, 2},
                                                     {{1, 1, 1, 2}, 3, 2, 1}}) {
    Tensor x = random_tensor(shape, 3);
    for (int64_t i = 0; i < x.count(); ++i) x.data<float>()[i] -= 10;
    const auto expected = reference_max_pool(x, side, stride, padding);
    for (const auto& ops : backends()) {
      const Tensor y = ops->to_host(ops->max_pool(ops->from_host(x), side, stride, padding));
      EXPECT_EQ(y.shape(), (Shape{shape[0], (shape[1] + 2 * padding - side) / stride + 1,
                                  (shape[2] + 2 * padding - side) / stride + 1, shape[3]}));
      EXPECT_EQ(difference(y, expected).largest, 0) << ops->name() << shape_text(shape);
    }
  }
}

TEST(MeanPositions, AgreesWithTheDefinition) {
  struct Case {
    Shape x;
    std::vector<int32_t> lengths;
  };
  for (const auto& [shape, lengths] : {Case{{1, 1, 1}, {}},
                                       {{3, 7, 5}, {}},
                                       {{3, 7, 5}, {7, 1, 3}},
                                       {{2, 7, 7, 2048}, {}},
                                       {{4, 32, 768}, {2, 32, 9, 31}},
                                       {{2, 4, 3, 6}, {}}}) {
    const Tensor x = random_tensor(shape, 4);
    for (const auto& ops : backends()) {
      const Tensor rows = lengths.empty() ? x : packed_rows(x, lengths);
      const Tensor y = ops->to_host(ops->mean_pool(ops->from_host(rows), offsets_of(lengths)));
      EXPECT_EQ(y.shape(), (Shape{shape.front(), shape.back()}));
      EXPECT_LE(difference(y, reference_mean_pool(x, lengths)).largest, 5e-7)
          << ops->name() << shape_text(shape);
    }
  }
}

// A large common offset does not hide small differences: the sum is in double.
TEST(MeanPositions, KeepsPrecisionOverManyPositions) {
  const auto ops = create_ops(Backend::cpu);
  Tensor x({1, 100000, 1}, DType::f32);
  for (int64_t i = 0; i < x.count(); ++i) x.data<float>()[i] = 1000.1f;
  EXPECT_EQ(ops->mean_pool(x).data<float>()[0], 1000.1f);
}

}  // namespace
}  // namespace sightline::test
