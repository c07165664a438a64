// Fuzzes the PyTorch file readers (zip and legacy): any bytes yield readable tensors or an Error.
#include <sightline/error.h>

#include "temporary_file.h"
#include "weights/checkpoint_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const fuzz::TemporaryFile input(data, size);
  try {
    const Checkpoint checkpoint(input.path());
    scan_checkpoint(checkpoint);
    for (const auto& [name, entry] : checkpoint.entries()) {
      if (is_float_type(entry->dtype)) to_host_f32(*entry);
    }
  } catch (const Error&) {
  }
  return 0;
}
