// Writes a ResNet in timm's layout.
// Source: huggingface/pytorch-image-models timm/models/_hub.py (config.json) and resnet.py (names).
#include "train/export_resnet.h"

#include <nlohmann/json.hpp>

#include "train/export.h"

namespace sightline {
namespace {

using nlohmann::json;

json timm_config(const ResnetConfig& c, const std::vector<std::string>& labels) {
  const json pretrained = {
      {"custom_load", false},
      {"input_size", {3, c.image_size, c.image_size}},
      {"fixed_input_size", false},
      {"interpolation", "bicubic"},
      {"crop_pct", 1.0},
      {"crop_mode", "center"},
      {"mean", {0.48145466, 0.4578275, 0.40821073}},
      {"std", {0.26862954, 0.26130258, 0.27577711}},
      {"num_classes", c.classes},
      {"pool_size", {c.image_size / 32, c.image_size / 32}},
      {"first_conv", "conv1"},
      {"classifier", "fc"},
  };
  json config = {{"architecture", "resnet50"},
                 {"num_classes", c.classes},
                 {"num_features", c.channels[3] * 4},
                 {"global_pool", "avg"},
                 {"model_args", {{"layers", c.layers}, {"channels", c.channels}}},
                 {"pretrained_cfg", pretrained}};
  if (!labels.empty()) config["label_names"] = labels;
  return config;
}

}  // namespace

void export_resnet(const std::filesystem::path& directory, const ResnetConfig& config,
                   const std::vector<std::string>& labels, int64_t steps,
                   std::span<const NamedTensor> parameters, std::span<const NamedTensor> buffers) {
  std::vector<NamedTensor> tensors = with_batches_tracked(buffers, steps);
  tensors.insert(tensors.end(), parameters.begin(), parameters.end());
  write_file_atomic(directory / "config.json", timm_config(config, labels).dump(2) + "\n");
  write_safetensors(directory / "model.safetensors", tensors, FloatStorage::f16);
}

}  // namespace sightline
