#include "models/weight_builder.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

namespace sightline {
namespace {

// Has every tensor of at most `most` elements.
class SmallTensors : public ParameterSource {
 public:
  explicit SmallTensors(int64_t most) : most_(most) {}
  Tensor take(const std::string& name, const Shape& shape) override {
    check(name, shape);
    return Tensor(shape, DType::f32);
  }
  void check(const std::string& name, const Shape& shape) override {
    if (element_count(shape) > most_) {
      throw Error(ErrorCode::invalid_data, name + " " + shape_text(shape));
    }
    names.push_back(name);
  }
  std::vector<std::string> names;

 private:
  int64_t most_;
};

// A config of twelve terabytes is refused by its shapes, before memory is allocated.
TEST(WeightBuilder, FusedLayersAreCheckedBeforeTheyAreAllocated) {
  SmallTensors source(1000);
  WeightBuilder builder(source, nullptr);
  try {
    builder.stacked("block", "qkv_proj", 1 << 20);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "block.q_proj.weight (1048576, 1048576)");
  }
}

// A tower that is not loaded allocates nothing, even where its shapes are right.
TEST(WeightBuilder, CheckingAloneAllocatesNothing) {
  SmallTensors source(int64_t{1} << 50);
  WeightBuilder builder(source, nullptr);
  EXPECT_EQ(builder.stacked("block", "qkv_proj", 1 << 20), nullptr);
  EXPECT_EQ(builder.parameter_count(), 3 * ((int64_t{1} << 40) + (1 << 20)));
  EXPECT_EQ(source.names.size(), 6u);
}

// The running statistics are requested, and not counted as parameters.
TEST(WeightBuilder, AConvolutionAsksForItsBatchNorm) {
  SmallTensors source(1000);
  WeightBuilder builder(source, nullptr);
  EXPECT_EQ(builder.convolution("a.conv", "a.bn", 4, 3, 2, 1, 0), nullptr);
  EXPECT_EQ(source.names, (std::vector<std::string>{"a.conv.weight", "a.bn.weight", "a.bn.bias",
                                                    "a.bn.running_mean", "a.bn.running_var"}));
  EXPECT_EQ(builder.parameter_count(), 4 * 3 * 2 * 2 + 4 + 4);
  source.names.clear();
  EXPECT_EQ(builder.convolution("b", "", 1, 1, 1, 1, 0, true), nullptr);
  EXPECT_EQ(source.names, (std::vector<std::string>{"b.weight", "b.bias"}));
}

TEST(WeightBuilder, OtherStacks) {
  SmallTensors source(1000);
  WeightBuilder builder(source, nullptr);
  builder.stacked("pool", "kv_proj", 8);
  EXPECT_EQ(source.names, (std::vector<std::string>{"pool.k_proj.weight", "pool.k_proj.bias",
                                                    "pool.v_proj.weight", "pool.v_proj.bias"}));
  source.names.clear();
  builder.stacked("self", "query_key_value", 8);
  ASSERT_EQ(source.names.size(), 6u);
  EXPECT_EQ(source.names[2], "self.key.weight");
  EXPECT_THROW(builder.stacked("self", "proj", 8), Error);

  Tensor weight({4, 3}, DType::f32);
  for (int i = 0; i < 12; ++i) weight.data<float>()[i] = static_cast<float>(i);
  const auto parts = split_fused("visual.attnpool.kv_proj.weight", weight);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].name, "visual.attnpool.k_proj.weight");
  EXPECT_EQ(parts[1].name, "visual.attnpool.v_proj.weight");
  EXPECT_EQ(parts[1].tensor.shape(), (Shape{2, 3}));
  EXPECT_EQ(parts[1].tensor.data<float>()[0], 6.f);
  EXPECT_EQ(split_fused("encoder.layer.0.attention.self.query_key_value.bias", weight.reshape({12}))
                .at(2)
                .name,
            "encoder.layer.0.attention.self.value.bias");
  EXPECT_EQ(split_fused("kv_proj", weight).at(0).name, "kv_proj");
}

}  // namespace
}  // namespace sightline
