// Fuzzes the PyTorch file readers (zip and legacy): any bytes yield readable tensors or an Error.
#include <sightline/error.h>

#include "temporary_file.h"
#include "weights/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const fuzz::TemporaryFile input(data, size);
  try {
    const auto file = open_weights_file(input.path());
    for (const auto& [name, entry] : file->entries()) {
      if (entry.dtype == "F32" || entry.dtype == "F16" || entry.dtype == "BF16" ||
          entry.dtype == "F64")
        to_host_f32(entry);
    }
  } catch (const Error&) {
  }
  return 0;
}
