// The parameters that a method of fine-tuning trains, and their distance from the output.
#pragma once

#include <sightline/fine_tune.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Names of parameters that are not the model's own.
inline constexpr const char* kPromptName = "prompt";        // (M, C)
inline constexpr const char* kLowRankA = ".lora_A.weight";  // after the name of the layer
inline constexpr const char* kLowRankB = ".lora_B.weight";

bool is_low_rank(const std::string& name);  // whether it ends in one of them

enum class Tower { image, text, shared };

struct ParameterPlace {
  Tower tower = Tower::shared;
  int64_t block = -1;    // from 0; -1: outside the blocks
  int64_t distance = 0;  // from the output: 0 for the last layers, most for the embeddings
  bool head = false;     // of the tower's last linear layer
  bool fixed = false;    // never trained: the untrained projection of a pair, which no file stores
};

// The places of a model's parameters.
class ParameterPlaces {
 public:
  // names: of the tower's parameters, in the order in which it asks for them. A block is what the
  // names number: "encoder.layers.3", "layer2.0", "blocks.1.1". What comes before the first block
  // is as far from the output as possible, what comes after the last has the distance 0.
  void add_tower(Tower tower, std::span<const std::string> names);
  // The logarithm of the factor before the softmax.
  void add_shared(const std::string& name) { places_[name] = {}; }
  // A parameter of the prompt: as far from the output as the embeddings.
  void add_prompt();

  // The place of a parameter; for a low-rank addition, that of its layer. Throws internal for an
  // unknown name.
  const ParameterPlace& at(const std::string& name) const;
  int64_t blocks(Tower tower) const;

  bool trains(FineTuneMethod method, const std::string& name) const;
  bool has_head(Tower tower) const;

 private:
  std::map<std::string, ParameterPlace> places_;
  std::map<Tower, int64_t> blocks_, furthest_;
};

// A linear layer of the backend.
struct LinearLayer {
  std::string name;  // perhaps of a stack: "text_model.encoder.layers.0.self_attn.qkv_proj"
  int64_t out = 0, in = 0;
};

// A low-rank addition to the output features [begin, begin + size) of a layer.
struct LowRankAddition {
  std::string layer;  // as in LinearLayer
  std::string name;   // "text_model.encoder.layers.0.self_attn.q_proj"
  int64_t begin = 0, size = 0, in = 0;
};

// The additions for layers whose last name is one of the targets: those of transformers' CLIP
// (q_proj, k_proj, v_proj, out_proj, fc1, fc2), which also stand for BERT's, or the model's own.
// Layers outside the blocks, such as the attention pooling of a ResNet, count as the last block.
// Throws invalid_argument if no layer fits, a rank is above the smaller side of a layer, or more
// last layers are wanted than each tower has blocks.
std::vector<LowRankAddition> plan_low_rank(std::span<const LinearLayer> layers,
                                           const LowRankSettings& settings,
                                           const ParameterPlaces& places);

}  // namespace sightline
