// torchvision's names of a MobileNetV2's tensors, and sizes inferred from the tensors.
// Source: torchvision models/mobilenetv2.py; timm models/efficientnet.py and
// _efficientnet_blocks.py.
#include <sightline/error.h>

#include <array>
#include <string_view>

#include "models/layouts.h"
#include "models/mobilenet_v2.h"
#include "models/tensor_sizes.h"

namespace sightline {
namespace {

struct Renamed {
  std::string_view ours, torchvision;
};

// The parts of a block of the first stage, which does not widen, and of the others.
constexpr std::array<Renamed, 4> kFirstStage = {
    {{"conv_dw", "0.0"}, {"bn1", "0.1"}, {"conv_pw", "1"}, {"bn2", "2"}}};
constexpr std::array<Renamed, 6> kOtherStages = {{{"conv_pw", "0.0"},
                                                  {"bn1", "0.1"},
                                                  {"conv_dw", "1.0"},
                                                  {"bn2", "1.1"},
                                                  {"conv_pwl", "2"},
                                                  {"bn3", "3"}}};
// features.0 is the stem, features.18 the last convolution.
constexpr std::array<Renamed, 5> kOutside = {{{"conv_stem", "features.0.0"},
                                              {"bn1", "features.0.1"},
                                              {"conv_head", "features.18.0"},
                                              {"bn2", "features.18.1"},
                                              {"classifier", "classifier.1"}}};

template <size_t N>
std::string renamed(const std::array<Renamed, N>& table, std::string_view part) {
  for (const Renamed& entry : table) {
    if (entry.ours == part) return std::string(entry.torchvision);
  }
  throw Error(ErrorCode::internal, "MobileNetV2 has no layer '", part, "'");
}

// Index in torchvision's `features` of a stage's first block.
int64_t feature_index(size_t stage) {
  int64_t index = 1;
  for (size_t s = 0; s < stage; ++s) index += MobilenetV2Config::kBlocks[s];
  return index;
}

}  // namespace

std::string torchvision_mobilenet_v2_name(const std::string& name) {
  const size_t dot = name.rfind('.');
  const std::string layer = name.substr(0, dot), tensor = name.substr(dot);
  if (!layer.starts_with("blocks.")) return renamed(kOutside, layer) + tensor;
  // blocks.STAGE.BLOCK.PART, with one digit each
  const auto stage = static_cast<size_t>(layer.at(7) - '0');
  const int64_t block = layer.at(9) - '0';
  const std::string part = layer.substr(11);
  return "features." + std::to_string(feature_index(stage) + block) + ".conv." +
         (stage == 0 ? renamed(kFirstStage, part) : renamed(kOtherStages, part)) + tensor;
}

MobilenetV2Config mobilenet_v2_sizes(const Checkpoint& weights, bool torchvision_names) {
  const TensorSizes sizes(weights);
  const auto outputs = [&](const std::string& layer, size_t rank) {
    const std::string name = layer + ".weight";
    return sizes.extent(torchvision_names ? torchvision_mobilenet_v2_name(name) : name, rank, 0);
  };
  MobilenetV2Config config;
  config.stem_width = outputs("conv_stem", 4);
  for (size_t stage = 0; stage < MobilenetV2Config::kStages; ++stage) {
    config.channels[stage] = outputs(
        "blocks." + std::to_string(stage) + ".0." + (stage == 0 ? "conv_pw" : "conv_pwl"), 4);
  }
  config.head_width = outputs("conv_head", 4);
  config.classes = outputs("classifier", 2);
  return config;
}

std::unique_ptr<ParameterSource> torchvision_mobilenet_v2_parameters(const Checkpoint& checkpoint) {
  auto source = std::make_unique<TranslatedSource>(
      checkpoint, [](const std::string& name, const Shape& shape) {
        return FileTensor{torchvision_mobilenet_v2_name(name), shape};
      });
  for (const std::string& name : batch_counters(checkpoint)) source->ignore(name);
  return source;
}

}  // namespace sightline
