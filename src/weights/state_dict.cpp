#include "weights/state_dict.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "weights/torch_records.h"

namespace sightline {
namespace {

using Kind = PickleNode::Kind;

constexpr int kMaxDepth = 4;

// Keys under which programs store weights: PyTorch's tutorials and Lightning, OpenCLIP and timm,
// DeepSpeed, and the most common names of the attribute that holds the network.
constexpr std::array<std::string_view, 8> kWeightKeys = {"state_dict", "model_state_dict", "model",
                                                         "module",     "model_state",      "net",
                                                         "network",    "weights"};

bool is_weight_key(std::string_view key) {
  return std::ranges::find(kWeightKeys, key) != kWeightKeys.end();
}

// Whether a key names an average of the weights: "ema", "model_ema", "ema_state_dict" …
bool is_average(std::string_view key) {
  constexpr size_t kMaxKey = 100;
  if (key.size() > kMaxKey) return false;
  const std::string name = "_" + lower(key) + "_";
  return name.find("_ema_") != name.npos;
}

struct Found {
  const PickleNode* dict;
  std::string path;  // "'checkpoint'.'model'", for messages
};

class Search {
 public:
  explicit Search(const Pickle& pickle) : pickle_(pickle) {}

  // Returns all state dicts in `node`.
  std::vector<Found> in(const PickleNode& node, const std::string& path, int depth) {
    if (!is_mapping(node) || depth > kMaxDepth || !seen_.insert(&node).second) return {};
    using Accept = bool (*)(std::string_view);
    const Accept weights = is_weight_key;
    const Accept others = [](std::string_view key) {
      return !is_weight_key(key) && !is_average(key);
    };
    if (auto found = below(node, path, depth, weights); !found.empty()) return found;
    if (has_tensors(node)) return {{&node, path}};
    if (auto found = below(node, path, depth, others); !found.empty()) return found;
    return below(node, path, depth, is_average);
  }

 private:
  bool has_tensors(const PickleNode& node) const {
    return std::ranges::any_of(node.entries, [&](const auto& entry) {
      return pickle_[entry.first].kind == Kind::text && is_tensor(pickle_[entry.second]);
    });
  }

  // Returns the state dicts in the values of those keys that are accepted. Values under keys that
  // no trainer uses for weights count only if they are state dicts themselves or wrap one under a
  // known key: the state of an optimizer contains dictionaries of tensors too.
  template <typename Accept>
  std::vector<Found> below(const PickleNode& node, const std::string& path, int depth,
                           Accept accept) {
    std::vector<Found> all;
    for (const auto& [key, value] : node.entries) {
      const PickleNode& child = pickle_[value];
      if (!is_mapping(child) || seen_.contains(&child)) continue;
      if (pickle_[key].kind != Kind::text || !accept(pickle_[key].text)) continue;
      const std::string child_path = path + (path.empty() ? "" : ".") + shown(pickle_[key].text);
      auto found = accepted_below(child, pickle_[key].text, child_path, depth);
      std::ranges::move(found, std::back_inserter(all));
    }
    return all;
  }

  std::vector<Found> accepted_below(const PickleNode& child, std::string_view key,
                                    const std::string& path, int depth) {
    if (is_weight_key(key) || is_average(key)) return in(child, path, depth + 1);
    if (!is_mapping(child) || !seen_.insert(&child).second) return {};
    if (auto found = below(child, path, depth + 1, is_weight_key); !found.empty()) return found;
    return has_tensors(child) ? std::vector<Found>{{&child, path}} : std::vector<Found>{};
  }

  static std::string shown(const std::string& key) {
    return "'" + printable(key.substr(0, 60)) + "'";
  }

  const Pickle& pickle_;
  // A file may contain a dictionary in many places; it is searched once.
  std::set<const PickleNode*> seen_;
};

// Rejects a file without a state dict; an object of an unknown class explains why there is none.
[[noreturn]] void reject(const Pickle& pickle, const std::string& where) {
  const PickleNode& root = pickle.root();
  if (root.kind == Kind::opaque) pickle.reject(root);
  if (!is_mapping(root)) {
    throw Error(ErrorCode::invalid_data, "'", where,
                "': its pickle is neither a state dict (a dictionary of tensors) nor a TorchScript "
                "module");
  }
  for (const auto& [key, value] : root.entries) {
    if (pickle[value].kind == Kind::opaque) pickle.reject(pickle[value]);
  }
  throw Error(
      ErrorCode::invalid_data, "'", where,
      "': it has no tensors; expected a state dict, or a checkpoint that contains one under "
      "a key such as 'state_dict' or 'model'");
}

}  // namespace

const PickleNode& find_state_dict(const Pickle& pickle, const std::string& where) {
  const std::vector<Found> found = Search(pickle).in(pickle.root(), "", 0);
  if (found.empty()) reject(pickle, where);
  if (found.size() > 1) {
    throw Error(ErrorCode::invalid_data, "'", where, "' contains ", found.size(),
                " state dicts, for example under ", found[0].path, " and ", found[1].path,
                ": save the one that is the model on its own");
  }
  return *found[0].dict;
}

}  // namespace sightline
