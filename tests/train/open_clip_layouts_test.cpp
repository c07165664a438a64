// Weights of OpenCLIP's towers after training: written so that they are read again, or refused
// before training.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <optional>
#include <set>

#include "train/fine_tune/layout_writer.h"
#include "train/fine_tune/published_towers.h"
#include "train/torch/batches.h"
#include "train/torch/task.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// The weights of both towers as the backend has them.
class Towers {
 public:
  explicit Towers(const fs::path& model)
      : ops_({Precision::fp32, {}}, /*training=*/true),
        towers_(open_published_towers(model.string(), ops_, [this] { return names(); })) {}

  const ModelSource& source() const { return towers_.source; }

  // Copies with each value v replaced by factor * v + offset.
  TowerTensors tensors(float factor, float offset) const {
    TowerTensors out;
    for (const TorchParameter& parameter : ops_.parameters()) {
      Tensor value = host_copy(parameter.value);
      for (int64_t i = 0; i < value.count(); ++i)
        value.data<float>()[i] = factor * value.data<float>()[i] + offset;
      const bool image = towers_.places.at(parameter.name).tower == Tower::image;
      (image ? out.image : out.text).push_back({parameter.name, value});
    }
    return out;
  }

 private:
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const TorchParameter& parameter : ops_.parameters()) all.push_back(parameter.name);
    return all;
  }

  TorchOps ops_;
  PublishedTowers towers_;
};

void expect_equal(const std::vector<NamedTensor>& found, const std::vector<NamedTensor>& expected,
                  const std::string& model) {
  ASSERT_EQ(found.size(), expected.size()) << model;
  for (size_t p = 0; p < found.size(); ++p) {
    ASSERT_EQ(found[p].name, expected[p].name) << model;
    for (int64_t i = 0; i < found[p].tensor.count(); ++i) {
      const float value = expected[p].tensor.data<float>()[i];
      ASSERT_NEAR(found[p].tensor.data<float>()[i], value, 1e-3 * std::abs(value) + 1e-6)
          << model << " " << found[p].name;  // some files have F16
    }
  }
}

TEST(OpenClipLayouts, AreWrittenAsReadOrRefused) {
  const testing::TemporaryFolder folder;
  std::set<std::string> refused;
  int written = 0;
  for (const auto& entry : fs::directory_iterator(SIGHTLINE_SOURCE_DIR "/tests/golden/open_clip")) {
    const std::string name = entry.path().filename().string();
    std::optional<Towers> towers;
    try {
      towers.emplace(entry.path());
      require_in_layout(towers->source(), towers->tensors(1, 0), false);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << name << ": " << error.what();
      EXPECT_NE(std::string(error.what()).find("cannot be fine-tuned"), std::string::npos)
          << name << ": " << error.what();
      refused.insert(name);
      continue;
    }
    ++written;
    const TowerTensors changed = towers->tensors(1.25F, 0.125F);
    write_in_layout(towers->source(), changed, folder.path() / name);
    const TowerTensors read = Towers(folder.path() / name).tensors(1, 0);
    expect_equal(read.image, changed.image, name);
    expect_equal(read.text, changed.text, name);
  }
  EXPECT_GE(written, 5);
  for (const char* name : {"coca", "layer_scale", "convnext"})
    EXPECT_TRUE(refused.contains(name)) << name;
}

}  // namespace
}  // namespace sightline
