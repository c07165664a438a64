// Fuzzes the pickle reader: any bytes yield values or an Error, and every tensor that is read is
// inside its storage.
#include <sightline/error.h>

#include <vector>

#include "weights/torch_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  try {
    const Pickle pickle({data, size}, "fuzz", torch_pickle_rules());
    const std::vector<uint8_t> storage(4096, 1);
    const auto tensors = read_torch_tensors(
        pickle, "fuzz", [&](const TorchStorage&) -> std::span<const uint8_t> { return storage; });
    for (const auto& [name, entry] : tensors.entries) {
      if (is_float_type(entry.dtype)) to_host_f32(entry);
    }
  } catch (const Error&) {
  }
  return 0;
}
