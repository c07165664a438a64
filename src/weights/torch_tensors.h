// What PyTorch's pickles say: which tensors there are, and where in which storage they lie.
// Source: torch/_utils.py (_rebuild_tensor_v2 …), torch/serialization.py (persistent ids of
// storages), torch/csrc/jit/serialization/pickler.cpp (TorchScript's).
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "weights/pickle.h"
#include "weights/weights_file.h"

namespace sightline {

// The names that a pickle of PyTorch's may use; all others are refused.
const PickleRules& torch_pickle_rules();

// A storage as a pickle refers to it.
struct TorchStorage {
  std::string key;
  std::string dtype;   // in safetensors' spelling
  uint64_t count = 0;  // elements
  uint64_t size_bytes() const { return count * element_size(dtype); }
};

// The bytes of a storage, at least size_bytes() of them. Throws invalid_data where there are none.
using StorageBytes = std::function<std::span<const uint8_t>(const TorchStorage&)>;

// Every tensor of a state dict, of a checkpoint that has one under "state_dict", or of a
// TorchScript module ("visual.conv1.weight": the attribute path). "module." before all names, which
// data-parallel training leaves, is taken off. `where` is the file, for messages. Throws
// invalid_data (no tensors; a tensor outside its storage, with negative sizes, with elements that
// overlap), unsupported.
std::map<std::string, TensorEntry> read_torch_tensors(const Pickle& pickle,
                                                      const std::string& where,
                                                      const StorageBytes& bytes);

// The storages that a pickle mentions, by key. For the legacy format, where their sizes tell where
// each of them lies. Throws invalid_data.
std::map<std::string, TorchStorage> torch_storages(const Pickle& pickle, const std::string& where);

}  // namespace sightline
