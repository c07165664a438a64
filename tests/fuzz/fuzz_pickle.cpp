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
    const auto entries = read_torch_tensors(
        pickle, "fuzz", [&](const TorchStorage&) -> std::span<const uint8_t> { return storage; });
    for (const auto& [name, entry] : entries) {
      if (entry.dtype == "F32" || entry.dtype == "F16" || entry.dtype == "BF16" ||
          entry.dtype == "F64")
        to_host_f32(entry);
    }
  } catch (const Error&) {
  }
  return 0;
}
