// Source: huggingface/pytorch-image-models timm/models/_hub.py (config.json), resnet.py and
// efficientnet.py (names).
#include "train/export_timm.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "train/export.h"

namespace sightline {
namespace {

using nlohmann::json;

// The double with the shortest decimal text that is this float: 0.485 for 0.485f.
double shortest(float value) {
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, value).ptr;
  double result = 0;
  std::from_chars(text, end, result);
  return result;
}

json three(const std::array<float, 3>& values) {
  return {shortest(values[0]), shortest(values[1]), shortest(values[2])};
}

struct Layers {
  const char *first, *classifier;
};

json timm_config(const char* architecture, int64_t classes, int64_t features, int64_t image_size,
                 const PreprocessSpec& pixels, const Layers& layers) {
  const json pretrained = {
      {"custom_load", false},
      {"input_size", {3, image_size, image_size}},
      {"fixed_input_size", false},
      {"interpolation", "bicubic"},
      {"crop_pct", 1.0},
      {"crop_mode", "center"},
      {"mean", three(pixels.mean)},
      {"std", three(pixels.std)},
      {"num_classes", classes},
      {"pool_size", {image_size / 32, image_size / 32}},
      {"first_conv", layers.first},
      {"classifier", layers.classifier},
  };
  return {{"architecture", architecture},
          {"num_classes", classes},
          {"num_features", features},
          {"global_pool", "avg"},
          {"pretrained_cfg", pretrained}};
}

void write(const std::filesystem::path& directory, const json& config, int64_t steps,
           std::span<const NamedTensor> parameters, std::span<const NamedTensor> buffers) {
  std::vector<NamedTensor> tensors = with_batches_tracked(buffers, steps);
  tensors.insert(tensors.end(), parameters.begin(), parameters.end());
  write_file_atomic(directory / "config.json", config.dump(2) + "\n");
  write_safetensors(directory / "model.safetensors", tensors, FloatStorage::f16);
}

}  // namespace

void export_resnet(const std::filesystem::path& directory, const ResnetConfig& c,
                   const PreprocessSpec& pixels, const std::vector<std::string>& labels,
                   int64_t steps, std::span<const NamedTensor> parameters,
                   std::span<const NamedTensor> buffers) {
  json config = timm_config("resnet50", c.classes, c.channels[3] * ResnetConfig::kExpansion,
                            c.image_size, pixels, {"conv1", "fc"});
  config["model_args"] = {{"layers", c.layers}, {"channels", c.channels}};
  if (!labels.empty()) config["label_names"] = labels;
  write(directory, config, steps, parameters, buffers);
}

void export_mobilenet_v2(const std::filesystem::path& directory, const MobilenetV2Config& c,
                         const PreprocessSpec& pixels, int64_t steps,
                         std::span<const NamedTensor> parameters,
                         std::span<const NamedTensor> buffers) {
  write(directory,
        timm_config("mobilenetv2_100", c.classes, c.head_width, c.image_size, pixels,
                    {"conv_stem", "classifier"}),
        steps, parameters, buffers);
}

}  // namespace sightline
