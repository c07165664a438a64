// Fuzzes the safetensors reader: any bytes yield readable tensors or an Error.
#include <sightline/error.h>

#include "temporary_file.h"
#include "weights/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const fuzz::TemporaryFile input(data, size);
  try {
    const SafetensorsFile file(input.path());
    for (const auto& [name, entry] : file.entries()) {
      if (is_float_type(entry.dtype)) to_host_f32(entry);
    }
  } catch (const Error&) {
  }
  return 0;
}
