#include "weights/onnx_names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace sightline {
namespace {

// Parameters of a model itself, whose names have no dot.
constexpr std::array<std::string_view, 4> kOfModel = {"logit_scale", "logit_bias",
                                                      "positional_embedding", "text_projection"};

// Whether an exporter kept the name of a parameter: words separated by dots, and not "val_7".
bool is_parameter_name(std::string_view name) {
  if (std::ranges::find(kOfModel, name) != kOfModel.end()) return true;
  return name.find('.') != name.npos && std::ranges::all_of(name, [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
         });
}

// Returns the module that a node belongs to, by the path in the node's name:
// "/text_model/encoder/layers.0/mlp/fc1/MatMul" -> "text_model.encoder.layers.0.mlp.fc1". Such a
// path may contain a list and then its element; the list is dropped: "/trunk/blocks/blocks.0/Add"
// -> "trunk.blocks.0". Empty if the name is not a path, or the node belongs to the whole model.
std::string module_of(std::string_view node) {
  std::string module;
  std::string_view last;
  if (!node.starts_with('/')) return {};
  for (node.remove_prefix(1); node.find('/') != node.npos;) {
    const std::string_view part = node.substr(0, node.find('/'));
    node.remove_prefix(part.size() + 1);
    const bool again =
        part.size() > last.size() && part.starts_with(last) && part[last.size()] == '.';
    if (!last.empty() && again) {
      module.resize(module.size() - last.size());
    } else if (!module.empty()) {
      module += '.';
    }
    module += part;
    last = part;
  }
  return module;
}

class Names {
 public:
  explicit Names(OnnxFile& file) : file_(file) {
    for (const OnnxNode& node : file.nodes()) {
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const std::string_view input = node.inputs[i];
        const TensorEntry* entry = file.initializer(input);
        if (entry == nullptr) continue;
        if (is_parameter_name(input)) file.add(std::string(input), *entry);
        if (node.op == "Add" && node.inputs.size() == 2) added_.emplace(node.inputs[1 - i], input);
      }
    }
  }

  void add() {
    for (const OnnxNode& node : file_.nodes()) {
      const std::string module = module_of(node.name);
      if (node.op == "MatMul") add_matmul(node, module);
      if (node.op == "Gemm") add_gemm(node, module);
      if (node.op == "LayerNormalization" || node.op == "Conv") {
        add_by_path(node, module, 1, ".weight");
        add_by_path(node, module, 2, ".bias");
      }
      if (node.op == "Gather") add_by_path(node, module, 0, ".weight", 2);
      if (node.inputs.size() != 2) continue;
      for (const size_t i : {size_t{0}, size_t{1}}) {
        if (node.op == "Add") add_by_path(node, module, i, ".bias", 1);
        if (node.op == "Mul") add_by_path(node, module, i, ".weight", 1);
      }
    }
  }

 private:
  // `rank` 0: any.
  void add_by_path(const OnnxNode& node, const std::string& module, size_t input, const char* role,
                   size_t rank = 0) {
    if (input >= node.inputs.size() || module.empty()) return;
    const TensorEntry* entry = file_.initializer(node.inputs[input]);
    if (entry == nullptr) return;
    // A module of modules uses their parameters itself: nn.MultiheadAttention.
    if (node.inputs[input].starts_with(module + ".")) return;
    // A vector of one element is a constant of the module.
    if (rank != 0 && (entry->shape.size() != rank || entry->shape[0] == 1)) return;
    file_.add(module + role, *entry);
  }

  void add_matmul(const OnnxNode& node, const std::string& module) {
    if (node.inputs.size() != 2 || node.outputs.empty()) return;
    const TensorEntry* entry = file_.initializer(node.inputs[1]);
    if (entry == nullptr || entry->shape.size() != 2 || is_parameter_name(node.inputs[1])) return;
    // The node's own path first: equal biases share a name.
    const auto bias = added_.find(node.outputs[0]);
    const std::string of_bias = bias == added_.end() ? "" : weight_of(bias->second);
    // nn.MultiheadAttention multiplies by its packed projection itself.
    const bool packed = of_bias.ends_with(".in_proj_weight");
    const std::string name = !module.empty() && !packed ? module + ".weight" : of_bias;
    if (!name.empty()) file_.add(name, transposed(*entry));
  }

  // "mlp.fc1.bias" -> "mlp.fc1.weight", "attn.in_proj_bias" -> "attn.in_proj_weight"
  static std::string weight_of(std::string_view bias) {
    constexpr std::string_view kBias = "bias";
    if (!is_parameter_name(bias) || !bias.ends_with(kBias)) return {};
    return std::string(bias.substr(0, bias.size() - kBias.size())) + "weight";
  }

  void add_gemm(const OnnxNode& node, const std::string& module) {
    if (node.inputs.size() < 2) return;
    const TensorEntry* entry = file_.initializer(node.inputs[1]);
    if (entry != nullptr && entry->shape.size() == 2 && !is_parameter_name(node.inputs[1]) &&
        !module.empty())
      file_.add(module + ".weight", node.transposed_weights ? *entry : transposed(*entry));
    add_by_path(node, module, 2, ".bias", 1);
  }

  OnnxFile& file_;
  std::map<std::string_view, std::string_view> added_;  // the bias that is added to a result
};

}  // namespace

TensorEntry transposed(const TensorEntry& matrix) {
  TensorEntry turned = matrix;
  turned.shape = {matrix.shape[1], matrix.shape[0]};
  turned.strides = {1, matrix.shape[1]};
  return turned;
}

void add_onnx_names(OnnxFile& file) {
  Names(file).add();
}

}  // namespace sightline
