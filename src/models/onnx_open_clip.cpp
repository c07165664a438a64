#include "models/onnx_open_clip.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "weights/onnx_names.h"

namespace sightline {
namespace {

// A linear layer: weights as the graph multiplies by them, (in, out).
struct LinearUse {
  TensorEntry weight;
  const TensorEntry* bias = nullptr;
};

struct NormUse {
  const TensorEntry *weight = nullptr, *bias = nullptr;
};

// The parameters of a graph by kind, each in the order of the nodes.
struct Uses {
  std::vector<LinearUse> linears;
  std::vector<NormUse> norms;
  const TensorEntry *patches = nullptr, *class_token = nullptr, *tokens = nullptr;
  const TensorEntry* positions = nullptr;
};

class Collector {
 public:
  explicit Collector(const OnnxFile& file) : file_(file) {
    for (const OnnxNode& node : file.nodes()) {
      if (node.op != "Add") continue;
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const TensorEntry* entry = input(node, i, 1);
        if (entry != nullptr && node.inputs.size() == 2) added_.emplace(node.inputs[1 - i], entry);
      }
    }
  }

  Uses run() {
    for (const OnnxNode& node : file_.nodes()) {
      if (node.op == "MatMul" || node.op == "Gemm") add_linear(node);
      if (node.op == "LayerNormalization" && input(node, 1, 1) != nullptr)
        uses_.norms.push_back({input(node, 1, 1), input(node, 2, 1)});
      if (node.op == "Conv") first(uses_.patches, input(node, 1, 4));
      if (node.op == "Gather") first(uses_.tokens, input(node, 0, 2));
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.op == "Expand" || node.op == "Concat") first(uses_.class_token, input(node, i, 3));
        if (node.op == "Add") first(uses_.positions, input(node, i, 2));
      }
    }
    return std::move(uses_);
  }

 private:
  // Null if the input is no initializer of this rank.
  const TensorEntry* input(const OnnxNode& node, size_t i, size_t rank) const {
    const TensorEntry* entry = i < node.inputs.size() ? file_.initializer(node.inputs[i]) : nullptr;
    return entry != nullptr && entry->shape.size() == rank ? entry : nullptr;
  }

  static void first(const TensorEntry*& found, const TensorEntry* entry) {
    if (found == nullptr) found = entry;
  }

  void add_linear(const OnnxNode& node) {
    const TensorEntry* weight = input(node, 1, 2);
    if (weight == nullptr) return;
    LinearUse use{node.transposed_weights ? transposed(*weight) : *weight, input(node, 2, 1)};
    if (use.bias == nullptr && !node.outputs.empty()) {
      const auto bias = added_.find(node.outputs[0]);
      if (bias != added_.end()) use.bias = bias->second;
    }
    uses_.linears.push_back(std::move(use));
  }

  const OnnxFile& file_;
  std::map<std::string_view, const TensorEntry*> added_;
  Uses uses_;
};

class Adder {
 public:
  Adder(OnnxFile& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  void tensor(const std::string& name, const TensorEntry* entry) {
    if (entry != nullptr) file_.add(prefix_ + name, *entry);
  }
  void norm(const std::string& name, const NormUse& use) {
    tensor(name + ".weight", use.weight);
    tensor(name + ".bias", use.bias);
  }
  // "weight" and "bias" follow `name`: "mlp.c_fc." or "attn.in_proj_".
  void linear(const std::string& name, const LinearUse& use) {
    // Exchanging the axes of strided weights again makes them contiguous.
    const TensorEntry weight = turned(use.weight);
    tensor(name + "weight", &weight);
    tensor(name + "bias", use.bias);
  }
  void blocks(const Uses& uses, size_t first_norm) {
    const size_t count = uses.linears.size() / 4;
    for (size_t i = 0; i < count; ++i) {
      const std::string at = "transformer.resblocks." + std::to_string(i) + ".";
      norm(at + "ln_1", uses.norms[first_norm + 2 * i]);
      norm(at + "ln_2", uses.norms[first_norm + 2 * i + 1]);
      constexpr std::array<const char*, 4> kLinears = {"attn.in_proj_", "attn.out_proj.",
                                                       "mlp.c_fc.", "mlp.c_proj."};
      for (size_t k = 0; k < kLinears.size(); ++k)
        linear(at + kLinears[k], uses.linears[4 * i + k]);
    }
  }

 private:
  static TensorEntry turned(const TensorEntry& weight) {
    if (weight.strides.empty()) return transposed(weight);
    TensorEntry result = weight;
    std::ranges::reverse(result.shape);
    result.strides.clear();
    return result;
  }

  OnnxFile& file_;
  std::string prefix_;
};

// A class token is (1, 1, C) where a batch is made of it.
TensorEntry flat(const TensorEntry& token) {
  TensorEntry result = token;
  result.shape = {token.shape[2]};
  return result;
}

void add_image_tower(OnnxFile& file, const Uses& uses) {
  const size_t layers = uses.linears.size() / 4;
  if (uses.linears.size() != 4 * layers + 1 || uses.norms.size() != 2 * layers + 2) return;
  Adder adder(file, "visual.");
  adder.tensor("conv1.weight", uses.patches);
  if (uses.class_token != nullptr && uses.class_token->shape[0] == 1 &&
      uses.class_token->shape[1] == 1) {
    const TensorEntry token = flat(*uses.class_token);
    adder.tensor("class_embedding", &token);
  }
  adder.tensor("positional_embedding", uses.positions);
  adder.norm("ln_pre", uses.norms.front());
  adder.blocks(uses, 1);
  adder.norm("ln_post", uses.norms.back());
  adder.tensor("proj", &uses.linears.back().weight);
}

void add_text_tower(OnnxFile& file, const Uses& uses) {
  const size_t layers = uses.linears.size() / 4;
  if (uses.linears.size() != 4 * layers + 1 || uses.norms.size() != 2 * layers + 1) return;
  Adder adder(file, file.entries().contains("text.token_embedding.weight") ? "text." : "");
  adder.tensor("token_embedding.weight", uses.tokens);
  adder.tensor("positional_embedding", uses.positions);
  adder.blocks(uses, 0);
  adder.norm("ln_final", uses.norms.back());
  if (uses.linears.back().bias == nullptr)
    adder.tensor("text_projection", &uses.linears.back().weight);
}

}  // namespace

void add_open_clip_names(OnnxFile& file) {
  const Uses uses = Collector(file).run();
  if (uses.patches != nullptr) {
    add_image_tower(file, uses);
  } else if (uses.tokens != nullptr) {
    add_text_tower(file, uses);
  }
}

std::optional<Activation> activation_of(const OnnxFile& file) {
  bool sigmoid = false, erf = false;
  for (const OnnxNode& node : file.nodes()) {
    sigmoid = sigmoid || node.op == "Sigmoid" || node.op == "QuickGelu";
    erf = erf || node.op == "Erf" || node.op == "Gelu";
  }
  if (sigmoid == erf) return std::nullopt;
  return sigmoid ? Activation::quick_gelu : Activation::gelu;
}

}  // namespace sightline
