// Recognizes the values of PyTorch's pickles: state dicts, tensors, TorchScript modules.
#pragma once

#include <string_view>

#include "weights/pickle.h"

namespace sightline {

// Module of the classes of TorchScript.
inline constexpr std::string_view kScriptClasses = "__torch__";

inline bool is_mapping(const PickleNode& node) {
  return node.kind == PickleNode::Kind::dict ||
         (node.kind == PickleNode::Kind::record && node.text == "collections.OrderedDict");
}

inline bool is_script_module(const PickleNode& node) {
  return node.kind == PickleNode::Kind::record && node.text.starts_with(kScriptClasses);
}

// A call of one of the functions that rebuild tensors (docs/formats/checkpoints.md).
inline bool is_tensor(const PickleNode& node) {
  return node.kind == PickleNode::Kind::record &&
         (node.text.starts_with("torch._utils._rebuild_") ||
          node.text.starts_with("torch._tensor._rebuild_"));
}

}  // namespace sightline
