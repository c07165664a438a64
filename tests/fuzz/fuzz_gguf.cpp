// Fuzzes the GGUF reader: any bytes yield readable tensors or an Error.
#include <sightline/error.h>

#include "temporary_file.h"
#include "weights/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const fuzz::TemporaryFile input(data, size);
  try {
    const GgufFile file(input.path());
    for (const auto& [name, entry] : file.entries()) {
      if (is_readable_type(entry.dtype)) to_host_f32(entry);
    }
    for (const char* key : {"clip.vision.image_mean", "a"}) file.metadata().floats(key);
    file.metadata().texts("tokenizer.ggml.tokens");
  } catch (const Error&) {
  }
  return 0;
}
