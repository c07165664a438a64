#include "models/prefixed_checkpoint.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

namespace sightline {
namespace {

// A tensor that each family has under this name, and the prefixes that are part of the names of
// some of its checkpoints.
struct Landmark {
  std::string_view name;
  std::array<std::string_view, 4> own_prefixes = {};
};

// CLIP with the names of OpenAI and of transformers, Jina-CLIP, BERT, ResNet, MobileNetV2 with the
// names of torchvision and of timm. The first that occurs decides: towers of CLIP may contain a
// BERT or a ResNet.
constexpr std::array<Landmark, 8> kLandmarks = {
    {{"visual.conv1.weight"},
     {"vision_model.embeddings.class_embedding"},
     {"vision_model.cls_token"},
     {"text_model.embeddings.token_embedding.weight"},
     {"embeddings.word_embeddings.weight", {"bert.", "distilbert.", "roberta.", "text_model."}},
     {"layer1.0.conv3.weight"},
     {"features.17.conv.3.weight"},
     {"blocks.6.0.conv_pwl.weight"}}};

// Whether a prefix names an average of the weights: "ema.", "model_ema.", "ema_model.module.".
bool is_average(std::string_view prefix) {
  std::string words = "_";
  for (const char c : prefix) words += c == '.' ? '_' : c;
  return words.find("_ema_") != words.npos;
}

// Returns the prefixes of the landmark in the names of the checkpoint.
std::set<std::string> prefixes_of(const Checkpoint& checkpoint, const Landmark& landmark) {
  std::set<std::string> found;
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (!name.ends_with(landmark.name)) continue;
    std::string_view prefix = std::string_view(name).substr(0, name.size() - landmark.name.size());
    if (!prefix.empty() && !prefix.ends_with('.')) continue;
    for (const std::string_view own : landmark.own_prefixes) {
      if (own.empty() || !prefix.ends_with(own)) continue;
      const std::string_view outer = prefix.substr(0, prefix.size() - own.size());
      if (outer.empty() || outer.ends_with('.')) prefix = outer;
    }
    found.emplace(prefix);
  }
  return found;
}

// Returns the prefix in front of the model's names; empty if there is none.
std::string find_prefix(const Checkpoint& checkpoint) {
  for (const Landmark& landmark : kLandmarks) {
    std::set<std::string> prefixes = prefixes_of(checkpoint, landmark);
    if (prefixes.empty()) continue;
    if (prefixes.contains("")) return "";
    if (!std::ranges::all_of(prefixes, is_average)) std::erase_if(prefixes, is_average);
    if (prefixes.size() > 1) {
      throw Error(ErrorCode::invalid_data, "'", checkpoint.where(), "' contains ", prefixes.size(),
                  " models, with the prefixes '", *prefixes.begin(), "' and '",
                  *std::next(prefixes.begin()),
                  "' in the names of their tensors: save the state dict of one of them");
    }
    return *prefixes.begin();
  }
  return "";
}

}  // namespace

std::shared_ptr<const Checkpoint> open_checkpoint(const std::filesystem::path& path,
                                                  const WeightNames& names) {
  auto checkpoint = std::make_shared<Checkpoint>(path, names);
  if (const std::string prefix = find_prefix(*checkpoint); !prefix.empty())
    checkpoint->select_prefix(prefix);
  return checkpoint;
}

}  // namespace sightline
