// OpenCLIP's models with a convolutional image tower of timm against what open_clip computed
// (tests/golden/open_clip, made by tools/golden/open_clip_conv.py).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/towers.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

struct Case {
  const char* model;
  Backend backend;
  Precision precision;
  double most;  // relative error of a vector
};

// fp32: about a hundred roundings. bf16 and int8: random weights, whose errors do not average out
// as those of trained ones do.
class OpenClipConvGolden : public ::testing::TestWithParam<Case> {};

double relative_error(const float* got, const float* expected, int64_t count) {
  double error = 0, size = 0;
  for (int64_t i = 0; i < count; ++i) {
    error += std::pow(static_cast<double>(got[i]) - expected[i], 2);
    size += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(error / size);
}

TEST_P(OpenClipConvGolden, Images) {
  const Case& c = GetParam();
  if (c.backend == Backend::torch && !plugin_exists("torch"))
    GTEST_SKIP() << "built without libtorch";
  const fs::path folder = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip" / c.model;
  const auto ops = create_ops(c.backend, {.precision = c.precision});
  const LoadedModel model = load_towers(open_model(folder), *ops, {.load_text_tower = false});
  const NpyArray pixels = read_npy(folder / "pixels.npy");
  const NpyArray expected = read_npy(folder / "image.npy");
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  const Tensor got = ops->to_host(model.image->encode(*ops, ops->from_host(host)));
  ASSERT_EQ(got.shape(), expected.shape);
  for (int64_t row = 0; row < got.dim(0); ++row) {
    const int64_t at = row * got.dim(1);
    EXPECT_LE(relative_error(got.data<float>() + at, expected.f32().data() + at, got.dim(1)),
              c.most)
        << "row " << row;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* model : {"convnext", "convnext_mlp", "fastvit", "fastvit_folded", "fastvit_5",
                            "vitamin", "vitamin_xlarge"}) {
    all.push_back({model, Backend::cpu, Precision::fp32, 1e-5});
    all.push_back({model, Backend::torch, Precision::fp32, 1e-5});
    all.push_back({model, Backend::cpu, Precision::bf16, 0.05});
    all.push_back({model, Backend::cpu, Precision::int8, 0.2});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, OpenClipConvGolden, ::testing::ValuesIn(cases()),
                         [](const auto& test) {
                           return std::string(test.param.model) + "_" +
                                  (test.param.backend == Backend::cpu ? "cpu_" : "torch_") +
                                  std::string(precision_name(test.param.precision));
                         });

}  // namespace
}  // namespace sightline
