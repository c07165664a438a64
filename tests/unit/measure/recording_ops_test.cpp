// RecordingOps records what runs, and changes no result.
#include "measure/roofline/recording_ops.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sightline {
namespace {

Tensor numbers(const Shape& shape) {
  Tensor tensor(shape, DType::f32);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.data<float>()[i] = static_cast<float>(i % 7) - 3.f;
  return tensor;
}

class Recording : public ::testing::Test {
 protected:
  RecordingOps ops_{create_ops(Backend::cpu)};
};

// A layer that runs several times is several products with the same weights.
TEST_F(Recording, RecordsRowsOfALinearLayerOfAnyRank) {
  const Linear weights = ops_.linear_weights("w", numbers({6, 5}), {}, LayerPrecision::any);
  const Linear others = ops_.linear_weights("o", numbers({6, 5}), {}, LayerPrecision::any);
  ops_.start();
  ops_.linear(numbers({2, 3, 5}), weights, Activation::none, {}, OutputType::f32);
  ops_.linear(numbers({4, 5}), others, Activation::relu, {}, OutputType::f32);
  ops_.linear(numbers({1, 5}), weights, Activation::none, {}, OutputType::f32);
  const RooflineWork work = ops_.stop();
  ASSERT_EQ(work.products.size(), 3u);
  EXPECT_EQ(work.products[0].rows, 6);
  EXPECT_EQ(work.products[0].in, 5);
  EXPECT_EQ(work.products[0].out, 6);
  EXPECT_EQ(work.products[1].rows, 4);
  EXPECT_EQ(work.products[2].rows, 1);
  EXPECT_EQ(work.products[2].layer, work.products[0].layer);
  EXPECT_NE(work.products[1].layer, work.products[0].layer);
  EXPECT_EQ(work.operations(), 2.0 * (6 + 1 + 4) * 5 * 6);
}

TEST_F(Recording, RecordsPatchesAndConvolutions) {
  const Linear patch =
      ops_.linear_weights("patch", numbers({8, 3 * 4 * 4}), {}, LayerPrecision::high);
  ConvolutionSpec spec;
  spec.weight = numbers({8, 4, 3, 3});
  spec.stride = 2;
  spec.padding = 1;
  const Convolution convolution = ops_.convolution_weights("c", "", spec);
  ops_.start();
  ops_.patch_embed(numbers({2, 3, 10, 10}), patch, 4);  // 2 x 2 whole patches
  ops_.convolution(numbers({1, 9, 7, 4}), convolution, Activation::none, {});
  ops_.convolution(numbers({1, 9, 7, 4}), convolution, Activation::none, {});
  const RooflineWork work = ops_.stop();
  ASSERT_EQ(work.products.size(), 1u);
  EXPECT_EQ(work.products[0].rows, 2 * 4);
  ASSERT_EQ(work.convolutions.size(), 1u);
  EXPECT_EQ(work.convolutions[0].height, 9);
  EXPECT_EQ(work.convolutions[0].width, 7);
  // Outputs of 5 x 4 for two images; each of 8 channels from 4 x 3 x 3 elements.
  EXPECT_EQ(work.operations(), 2.0 * 8 * 48 * 8 + 2.0 * (2 * 5 * 4) * (4 * 3 * 3) * 8);
}

TEST_F(Recording, RecordsDepthwiseConvolutions) {
  ConvolutionSpec spec;
  spec.weight = numbers({4, 1, 3, 3});
  spec.padding = 1;
  spec.depthwise = true;
  const Convolution convolution = ops_.convolution_weights("c", "", spec);
  ops_.start();
  ops_.convolution(numbers({1, 9, 7, 4}), convolution, Activation::none, {});
  const RooflineWork work = ops_.stop();
  ASSERT_EQ(work.convolutions.size(), 1u);
  EXPECT_EQ(work.operations(), 2.0 * (9 * 7) * (3 * 3) * 4);
}

TEST_F(Recording, RecordsOnlyAfterStartAndClearsOnStop) {
  const Linear weights = ops_.linear_weights("w", numbers({6, 5}), {}, LayerPrecision::any);
  ops_.linear(numbers({2, 5}), weights, Activation::none, {}, OutputType::f32);
  EXPECT_TRUE(ops_.stop().empty());
  ops_.start();
  ops_.linear(numbers({2, 5}), weights, Activation::none, {}, OutputType::f32);
  EXPECT_EQ(ops_.stop().products.size(), 1u);
  ops_.start();
  EXPECT_TRUE(ops_.stop().empty());
}

TEST_F(Recording, ChangesNoResult) {
  const auto plain = create_ops(Backend::cpu);
  const Tensor weight = numbers({6, 5}), x = numbers({4, 5});
  ops_.start();
  const Tensor a = ops_.linear(x, ops_.linear_weights("w", weight, {}, LayerPrecision::any),
                               Activation::gelu, {}, OutputType::f32);
  const Tensor b = plain->linear(x, plain->linear_weights("w", weight, {}, LayerPrecision::any),
                                 Activation::gelu, {}, OutputType::f32);
  EXPECT_TRUE(std::equal(a.data<float>(), a.data<float>() + a.count(), b.data<float>()));
}

}  // namespace
}  // namespace sightline
