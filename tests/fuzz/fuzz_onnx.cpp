// Fuzzes the ONNX reader: any bytes yield readable tensors or an Error.
#include <sightline/error.h>

#include "temporary_file.h"
#include "weights/onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const fuzz::TemporaryFile input(data, size);
  try {
    const OnnxFile file(input.path());
    for (const auto& [name, entry] : file.entries()) to_host_f32(entry);
  } catch (const Error&) {
  }
  return 0;
}
