// Weights of OpenCLIP's and Jina-CLIP's towers after training: written so that they are read again,
// or refused before training.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "models/low_rank_adapter.h"
#include "models/weight_builder.h"
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

  // The linear layers of a tower whose weights are in the files under the tower's names.
  std::vector<std::pair<std::string, Shape>> layers(Tower tower) const {
    std::vector<std::pair<std::string, Shape>> found;
    for (const TorchLayer& stack : ops_.linear_layers()) {
      if (towers_.places.at(stack.name + ".weight").tower != tower) continue;
      const std::vector<std::string> names = stacked_layers(stack.name);
      const Shape shape = {stack.out_features / static_cast<int64_t>(names.size()),
                           stack.in_features};
      for (const std::string& name : names) {
        if (is_stored(name + ".weight", shape)) found.emplace_back(name, shape);
      }
    }
    return found;
  }

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
  bool is_stored(const std::string& name, const Shape& shape) const {
    try {
      source().parameters->check(name, shape);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

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

// Those of an adapter's layers.
TowerTensors with_additions(const ModelSource& source, TowerTensors tensors) {
  const auto unchanged = [&](const NamedTensor& tensor) {
    return !has_addition(source, tensor.name);
  };
  std::erase_if(tensors.image, unchanged);
  std::erase_if(tensors.text, unchanged);
  return tensors;
}

Tensor filled(const Shape& shape, float value) {
  Tensor tensor(shape, DType::f32);
  std::fill_n(tensor.data<float>(), tensor.count(), value);
  return tensor;
}

// MODEL+ADAPTER with matrices for every linear layer of the tower; empty where it has none.
std::string adapted(const fs::path& model, Tower tower, const fs::path& adapter) {
  std::vector<LowRankFactors> factors;
  for (const auto& [name, shape] : Towers(model).layers(tower))
    factors.push_back({name, filled({1, shape[1]}, 0.25F), filled({shape[0], 1}, 0.5F)});
  if (factors.empty()) return {};
  write_low_rank_adapter(adapter, model.string(), 1, factors);
  return model.string() + "+" + adapter.string();
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
      require_in_layout(towers->source(), towers->tensors(1, 0));
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

// The weights of layer scales and of Jina-CLIP's task are computed with those of the files: an
// addition to them has no place in the files.
TEST(OpenClipLayouts, AdaptersAreWrittenAsReadOrRefused) {
  const testing::TemporaryFolder folder;
  std::set<std::string> written, refused;
  for (const char* const model :
       {"jina_clip/task image", "jina_clip/task text", "jina_clip/no_task text",
        "jina_clip/merged text", "open_clip/layer_scale image", "open_clip/layer_scale text",
        "open_clip/convnext image", "open_clip/convnext text", "open_clip/vit_clip image",
        "open_clip/eva02_base_patch16_clip_224 image", "clip_formats/open_clip text"}) {
    const std::string name = model;
    const fs::path path =
        fs::path(SIGHTLINE_SOURCE_DIR "/tests/golden") / name.substr(0, name.find(' '));
    const std::string spec = adapted(path, name.ends_with("text") ? Tower::text : Tower::image,
                                     folder.path() / name / "adapter");
    ASSERT_FALSE(spec.empty()) << name;
    const Towers towers(spec);
    const TowerTensors tensors = with_additions(towers.source(), towers.tensors(1, 0));
    ASSERT_FALSE(tensors.image.empty() && tensors.text.empty()) << name;
    try {
      require_in_layout(towers.source(), tensors);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << name << ": " << error.what();
      EXPECT_NE(std::string(error.what()).find("start from the model without the adapter"),
                std::string::npos)
          << name << ": " << error.what();
      refused.insert(name);
      continue;
    }
    written.insert(name);
    write_in_layout(towers.source(), tensors, folder.path() / name / "out");
    const TowerTensors read = Towers(folder.path() / name / "out").tensors(1, 0);
    expect_equal(read.image, towers.tensors(1, 0).image, name);
    expect_equal(read.text, towers.tensors(1, 0).text, name);
  }
  const std::set<std::string> expected = {"jina_clip/task text", "open_clip/layer_scale image",
                                          "open_clip/layer_scale text", "open_clip/convnext image"};
  EXPECT_EQ(refused, expected);
  EXPECT_EQ(written.size(), 7U);
}

}  // namespace
}  // namespace sightline
