// Finds the tensors in PyTorch's pickles, and the position of each in its storage.
// Source: torch/_utils.py (_rebuild_tensor_v2 …), torch/serialization.py (persistent ids of
// storages), torch/csrc/jit/serialization/pickler.cpp (TorchScript).
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "weights/pickle.h"
#include "weights/weights_file.h"

namespace sightline {

// Returns the names that describe the tensors of a PyTorch pickle. Objects made from other names
// are opaque.
const PickleRules& torch_pickle_rules();

// A storage as described in a pickle.
struct TorchStorage {
  std::string key;
  std::string dtype;   // named as in safetensors
  uint64_t count = 0;  // elements
  uint64_t size_bytes() const { return count * element_size(dtype); }
};

// Returns the bytes of a storage, at least size_bytes() of them. Throws invalid_data if it is
// missing.
using StorageBytes = std::function<std::span<const uint8_t>(const TorchStorage&)>;

struct TorchTensors {
  std::map<std::string, TensorEntry> entries;
  // Other values of the state dict and what they are, for messages about missing tensors:
  // {"visual.proj": "an object made by 'numpy.core.multiarray._reconstruct'"}.
  std::map<std::string, std::string> others;
};

// Returns every tensor of a state dict, which may be a part of a training checkpoint
// (state_dict.h), or of a TorchScript module, whose tensors are named by attribute path
// ("visual.conv1.weight"). `where` is the file, for messages. Throws Error: invalid_data (no
// tensors; several state dicts; a tensor outside its storage, with negative sizes or with
// overlapping elements), unsupported (an object of an unknown class where the tensors should be),
// limit_exceeded (attribute paths of more than 64 MiB in total).
TorchTensors read_torch_tensors(const Pickle& pickle, const std::string& where,
                                const StorageBytes& bytes);

// Returns the storages that a pickle refers to, by key. The legacy format needs their sizes to find
// them in the file. Throws invalid_data.
std::map<std::string, TorchStorage> torch_storages(const Pickle& pickle, const std::string& where);

}  // namespace sightline
