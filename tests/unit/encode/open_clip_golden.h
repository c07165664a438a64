// Towers of the family open_clip against what the reference computed (tests/golden/open_clip, made
// by tools/golden/open_clip*.py).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/packed_tokens.h"
#include "models/towers.h"

namespace sightline::testing {

struct OpenClipCase {
  std::string model;    // a folder of tests/golden/open_clip
  std::string backend;  // "cpu" or "torch"
};

// Each model on each backend.
inline std::vector<OpenClipCase> open_clip_cases(const std::vector<std::string>& models) {
  std::vector<OpenClipCase> cases;
  for (const char* backend : {"cpu", "torch"}) {
    for (const std::string& model : models) cases.push_back({model, backend});
  }
  return cases;
}

inline std::string open_clip_case_name(const ::testing::TestParamInfo<OpenClipCase>& test) {
  return test.param.model + "_" + test.param.backend;
}

class OpenClipGolden : public ::testing::TestWithParam<OpenClipCase> {
 protected:
  void SetUp() override {
    if (GetParam().backend == "torch" && !plugin_exists("torch"))
      GTEST_SKIP() << "built without libtorch";
    folder_ =
        std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip" / GetParam().model;
    ops_ = create_ops(parse_backend(GetParam().backend));
    model_ = load_towers(open_model(folder_), *ops_, {});
  }

  // Tiny towers of fp32 sums: 2e-5 is about a hundred roundings at the outputs' size.
  void expect_near(const Tensor& got, const NpyArray& expected) {
    const Tensor host = ops_->to_host(got);
    ASSERT_EQ(host.shape(), Shape(expected.shape.begin(), expected.shape.end()));
    for (int64_t i = 0; i < host.count(); ++i) {
      ASSERT_NEAR(host.data<float>()[i], expected.f32()[static_cast<size_t>(i)], 2e-5)
          << "row " << i / host.dim(-1) << ", element " << i;
    }
  }

  void expect_images() {
    const NpyArray pixels = read_npy(folder_ / "pixels.npy");
    const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
    expect_near(model_.image->encode(*ops_, ops_->from_host(host)),
                read_npy(folder_ / "image.npy"));
  }

  void expect_texts() {
    std::ifstream file(folder_ / "ids.jsonl");
    std::vector<TokenIds> texts;
    for (std::string line; std::getline(file, line);)
      texts.push_back({nlohmann::json::parse(line), false, ""});
    const PackedTokens packed = pack_tokens(texts, model_.text->padding());
    expect_near(model_.text->encode(*ops_, ops_->from_host(packed.ids), packed.offsets),
                read_npy(folder_ / "text.npy"));
  }

  std::filesystem::path folder_;
  std::unique_ptr<Ops> ops_;
  LoadedModel model_;
};

}  // namespace sightline::testing
