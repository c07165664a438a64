// A directory as timm's save_for_hf writes it, for ResNets with bottleneck blocks and MobileNetV2.
// Source: huggingface/pytorch-image-models timm/models/_hub.py (files), resnet.py and
// efficientnet.py (architectures), data/config.py and data/transforms_factory.py (preprocessing).
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <map>
#include <string_view>

#include "base/file.h"
#include "base/json.h"
#include "models/config_section.h"
#include "models/layouts.h"
#include "models/mobilenet_v2.h"
#include "models/model_type.h"
#include "models/prefixed_checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Architecture {
  std::string_view name;
  std::array<int64_t, 4> layers;
};
constexpr std::array<Architecture, 3> kArchitectures = {
    {{"resnet50", {3, 4, 6, 3}}, {"resnet101", {3, 4, 23, 3}}, {"resnet152", {3, 8, 36, 3}}}};

// The factor of the channels is in the name; their numbers come from the tensors.
constexpr std::array<std::string_view, 5> kMobilenetV2 = {
    "mobilenetv2_035", "mobilenetv2_050", "mobilenetv2_075", "mobilenetv2_100", "mobilenetv2_140"};

std::array<int64_t, 4> four(const ConfigSection& s, const char* key,
                            const std::array<int64_t, 4>& absent) {
  const json* value = s.find(key);
  if (value == nullptr) return absent;
  std::array<int64_t, 4> numbers{};
  if (!value->is_array() || value->size() != numbers.size()) s.fail(key, "four numbers");
  for (size_t i = 0; i < numbers.size(); ++i) {
    const json one = {{key, (*value)[i]}};
    numbers[i] = ConfigSection{one, s.where}.size(key, 0);
  }
  return numbers;
}

// Arguments whose only supported value is the one that timm writes by default.
// Source: timm models/resnet.py, ResNet.__init__; efficientnet.py, EfficientNet.__init__; _hub.py,
// save_config_for_hf.
using Defaults = std::map<std::string, json, std::less<>>;

const Defaults& resnet_defaults() {
  static const Defaults defaults = {{"in_chans", 3},         {"global_pool", "avg"},
                                    {"output_stride", 32},   {"cardinality", 1},
                                    {"base_width", 64},      {"stem_type", ""},
                                    {"act_layer", "relu"},   {"block_reduce_first", 1},
                                    {"avg_down", false},     {"replace_stem_pool", false},
                                    {"down_kernel_size", 1}, {"aa_layer", ""}};
  return defaults;
}

const Defaults& mobilenet_v2_defaults() {
  static const Defaults defaults = {
      {"in_chans", 3}, {"global_pool", "avg"}, {"output_stride", 32}, {"act_layer", "relu6"}};
  return defaults;
}

// Arguments that matter in training only.
bool is_of_training(std::string_view key) {
  constexpr std::array<std::string_view, 4> kKeys = {"drop_rate", "drop_path_rate",
                                                     "drop_block_rate", "zero_init_last"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

// Other arguments than `sizes`, or other values than the defaults, change the architecture.
void check_arguments(const ConfigSection& arguments, std::initializer_list<std::string_view> sizes,
                     const Defaults& defaults) {
  for (const auto& [key, value] : arguments.object.items()) {
    if (value.is_null() || is_of_training(key) ||
        std::find(sizes.begin(), sizes.end(), key) != sizes.end())
      continue;
    const auto found = defaults.find(key);
    if (found != defaults.end() && found->second == value) continue;
    throw Error(ErrorCode::unsupported, arguments.where, ": '", key, "' is ", shown(value),
                ", which this build does not have");
  }
}

ResnetConfig read_resnet(const ConfigSection& top, const Architecture& known) {
  ResnetConfig config;
  config.layers = known.layers;
  config.classes = top.size("num_classes", config.classes);
  if (top.find("model_args") == nullptr) return config;
  const ConfigSection arguments = top.child("model_args");
  check_arguments(arguments, {"layers", "channels", "stem_width", "num_classes"},
                  resnet_defaults());
  config.layers = four(arguments, "layers", config.layers);
  config.channels = four(arguments, "channels", config.channels);
  config.stem_width = arguments.size("stem_width", config.stem_width);
  config.classes = arguments.size("num_classes", config.classes);
  return config;
}

MobilenetV2Config read_mobilenet_v2(const ConfigSection& top, const Checkpoint& weights) {
  MobilenetV2Config config = mobilenet_v2_sizes(weights, /*torchvision_names=*/false);
  config.classes = top.size("num_classes", config.classes);
  if (top.find("model_args") == nullptr) return config;
  const ConfigSection arguments = top.child("model_args");
  check_arguments(arguments, {"num_classes"}, mobilenet_v2_defaults());
  config.classes = arguments.size("num_classes", config.classes);
  return config;
}

int64_t read_image_size(const ConfigSection& pretrained) {
  const json* size = pretrained.find("input_size");
  if (size == nullptr) return 224;
  if (!size->is_array() || size->size() != 3 || (*size)[0] != 3 || (*size)[1] != (*size)[2])
    pretrained.fail("input_size", "[3, side, side]");
  const json one = {{"input_size", (*size)[1]}};
  return ConfigSection{one, pretrained.where}.size("input_size", 0);
}

// transforms_imagenet_eval: Resize to floor(size / crop_pct), CenterCrop.
PreprocessSpec read_preprocess(const ConfigSection& s, int64_t image_size) {
  PreprocessSpec spec = imagenet_preprocess();
  const double part = s.number("crop_pct", 0.875);
  if (!(part > 0.01 && part <= 1)) s.fail("crop_pct", "a part above 0.01, at most 1");
  spec.crop_size = static_cast<int>(image_size);
  spec.resize_size = static_cast<int>(std::floor(static_cast<double>(image_size) / part));
  const std::string filter = s.text("interpolation", "bilinear");
  if (filter != "bicubic" && filter != "bilinear") s.fail("interpolation", "bicubic or bilinear");
  spec.filter = filter == "bicubic" ? ResizeFilter::bicubic : ResizeFilter::bilinear;
  const std::string mode = s.text("crop_mode", "center");
  if (mode == "border")
    throw Error(ErrorCode::unsupported, s.where,
                ": 'crop_mode' is \"border\", this build has \"center\" and \"squash\"");
  if (mode != "center" && mode != "squash") s.fail("crop_mode", "center or squash");
  spec.resize =
      mode == "squash" ? PreprocessSpec::Resize::squash : PreprocessSpec::Resize::shortest_edge;
  spec.mean = s.three("mean", spec.mean);
  spec.std = s.three("std", spec.std);
  for (const float deviation : spec.std) {
    if (deviation == 0) s.fail("std", "no zero");
  }
  return spec;
}

// Sets family and config.
void read_architecture(const ConfigSection& top, const Checkpoint& weights, int64_t image_size,
                       ModelSource& source) {
  const std::string name = top.text("architecture", "");
  if (std::ranges::find(kMobilenetV2, name) != kMobilenetV2.end()) {
    MobilenetV2Config config = read_mobilenet_v2(top, weights);
    config.image_size = image_size;
    source.family = "mobilenet_v2";
    source.config = config;
    return;
  }
  const auto known = std::ranges::find(kArchitectures, name, &Architecture::name);
  if (known == kArchitectures.end()) {
    throw Error(ErrorCode::unsupported, top.where, ": 'architecture' is ", shown(name),
                ", this build has timm's resnet50, resnet101, resnet152 and mobilenetv2_035 to "
                "mobilenetv2_140");
  }
  ResnetConfig config = read_resnet(top, *known);
  config.image_size = image_size;
  source.family = "resnet";
  source.config = config;
}

ModelSource open_with(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const fs::path path = directory / "config.json";
  const std::string text = read_text_file(path, kMaxModelConfigBytes);
  const json root = parse_json(text, path.string());
  const ConfigSection top{root, "'" + path.string() + "'"};
  const json none = json::object();
  const ConfigSection pretrained =
      top.find("pretrained_cfg") ? top.child("pretrained_cfg") : ConfigSection{none, top.where};
  const int64_t image_size = read_image_size(pretrained);
  ModelSource source;
  read_architecture(top, *checkpoint, image_size, source);
  source.facts.emplace_back("config.json", text);
  source.parameters = unrenamed_parameters(*checkpoint);
  source.checkpoint = std::move(checkpoint);
  source.preprocess = [spec = read_preprocess(pretrained, image_size)] { return spec; };
  return source;
}

bool matches(const fs::path& path) {
  return is_timm_config(path) && Checkpoint::has_weights(path, huggingface_weight_names());
}

ModelSource open(const fs::path& directory) {
  return open_with(directory, open_checkpoint(directory));
}

bool matches_file(const fs::path& file, const Checkpoint&) {
  return is_timm_config(file.parent_path());
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  return open_with(file.parent_path(), std::move(weights));
}

}  // namespace

ModelLayout timm_layout() {
  return {"timm", matches, open, matches_file, open_file};
}

}  // namespace sightline
