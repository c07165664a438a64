// torchvision's files of ResNet and MobileNetV2 weights: a state dict and a name, no config. The
// sizes are inferred from the tensors. Preprocessing depends on the set of weights, which only the
// file's name identifies. Source: pytorch/vision torchvision/models/resnet.py (ResNet50_Weights …),
// mobilenetv2.py (MobileNet_V2_Weights), transforms/_presets.py (ImageClassification).
#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "models/layouts.h"
#include "models/mobilenet_v2.h"
#include "models/tensor_sizes.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Hashes in the names of the published files: V1 resizes to 256, V2 to 232.
struct Published {
  std::string_view hash;
  int resize;
};
constexpr std::array<Published, 11> kPublished = {{{"0676ba61", 256},
                                                   {"19c8e357", 256},
                                                   {"63fe2227", 256},
                                                   {"5d3b4d8f", 256},
                                                   {"394f9c45", 256},
                                                   {"b121ed2d", 256},
                                                   {"11ad3fa6", 232},
                                                   {"cd907fc2", 232},
                                                   {"f82ba261", 232},
                                                   {"b0353104", 256},
                                                   {"7ebf99e0", 232}}};
constexpr int kDefaultResize = 256;

bool has_all(const Checkpoint& weights, std::initializer_list<const char*> names) {
  return std::ranges::all_of(names,
                             [&](const char* name) { return weights.find(name) != nullptr; });
}

bool is_resnet(const Checkpoint& weights) {
  return has_all(weights, {"conv1.weight", "bn1.running_mean", "layer1.0.conv3.weight",
                           "layer4.0.downsample.0.weight", "fc.weight"});
}

bool is_mobilenet_v2(const Checkpoint& weights) {
  return has_all(
      weights, {"features.0.0.weight", "features.1.conv.0.0.weight",
                "features.17.conv.3.running_mean", "features.18.0.weight", "classifier.1.weight"});
}

int resize_of(const fs::path& file, std::vector<std::string>& warnings) {
  const std::string name = file.filename().string();
  for (const Published& known : kPublished) {
    if (name.find(known.hash) != name.npos) return known.resize;
  }
  warnings.push_back("'" + file.string() +
                     "' does not say which set of torchvision's weights it is (such as "
                     "resnet50-0676ba61.pth): images are resized to " +
                     std::to_string(kDefaultResize) + " as for IMAGENET1K_V1");
  return kDefaultResize;
}

// open_model finds a directory with a single file of weights.
bool matches(const fs::path&) {
  return false;
}

bool matches_file(const fs::path&, const Checkpoint& weights) {
  return is_resnet(weights) || is_mobilenet_v2(weights);
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  ModelSource source;
  PreprocessSpec spec = imagenet_preprocess();
  if (is_resnet(*weights)) {
    const ResnetConfig config = resnet_sizes(*weights);
    spec.crop_size = static_cast<int>(config.image_size);
    source.family = "resnet";
    source.config = config;
    source.parameters = unrenamed_parameters(*weights);
  } else {
    const MobilenetV2Config config = mobilenet_v2_sizes(*weights, /*torchvision_names=*/true);
    spec.crop_size = static_cast<int>(config.image_size);
    source.family = "mobilenet_v2";
    source.config = config;
    source.parameters = torchvision_mobilenet_v2_parameters(*weights);
  }
  source.checkpoint = std::move(weights);
  spec.resize_size = resize_of(file, source.warnings);
  source.facts.emplace_back("preprocessing", spec.describe());
  source.preprocess = [spec] { return spec; };
  return source;
}

}  // namespace

ResnetConfig resnet_sizes(const Checkpoint& weights) {
  const TensorSizes sizes(weights);
  ResnetConfig config;
  config.stem_width = sizes.extent("conv1.weight", 4, 0);
  for (size_t i = 0; i < config.layers.size(); ++i) {
    const std::string stage = "layer" + std::to_string(i + 1) + ".";
    config.layers[i] = sizes.count(stage);
    config.channels[i] = sizes.extent(stage + "0.conv1.weight", 4, 0);
  }
  config.classes = sizes.extent("fc.weight", 2, 0);
  return config;
}

std::unique_ptr<ParameterSource> unrenamed_parameters(const Checkpoint& weights) {
  auto source = std::make_unique<CheckpointSource>(weights);
  for (const std::string& name : batch_counters(weights)) source->ignore(name);
  return source;
}

std::vector<std::string> batch_counters(const Checkpoint& weights) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : weights.entries()) {
    if (name.ends_with(".num_batches_tracked")) names.push_back(name);
  }
  return names;
}

PreprocessSpec imagenet_preprocess() {
  PreprocessSpec spec;
  spec.resize_size = kDefaultResize;
  spec.filter = ResizeFilter::bilinear;
  spec.order =
      PreprocessSpec::Order::huggingface;  // images are converted to RGB when they are read
  spec.crop_rounding = PreprocessSpec::CropRounding::half_even;
  spec.mean = {0.485f, 0.456f, 0.406f};
  spec.std = {0.229f, 0.224f, 0.225f};
  return spec;
}

ModelLayout torchvision_layout() {
  return {"torchvision", matches, nullptr, matches_file, open_file};
}

}  // namespace sightline
