#include "models/weight_builder.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

namespace sightline {
namespace {

// Has every tensor, but no larger one than `most` elements.
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

// Twelve terabytes that a config claims: refused by the shapes, before any memory is asked for.
TEST(WeightBuilder, FusedLayersAreCheckedBeforeTheyAreAllocated) {
  SmallTensors source(1000);
  WeightBuilder builder(source, nullptr);
  try {
    builder.fused_qkv("block", 1 << 20);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "block.q_proj.weight (1048576, 1048576)");
  }
}

// A tower that is not loaded costs nothing, even where its shapes are right.
TEST(WeightBuilder, CheckingAloneAllocatesNothing) {
  SmallTensors source(int64_t{1} << 50);
  WeightBuilder builder(source, nullptr);
  EXPECT_EQ(builder.fused_qkv("block", 1 << 20), nullptr);
  EXPECT_EQ(builder.parameter_count(), 3 * ((int64_t{1} << 40) + (1 << 20)));
  EXPECT_EQ(source.names.size(), 6u);
}

}  // namespace
}  // namespace sightline
