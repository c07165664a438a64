// Fuzzes the zip reader: any bytes yield entries that can be read and unpacked, or an Error.
#include <sightline/error.h>

#include "base/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  try {
    const ZipArchive archive({data, size}, "fuzz", {.max_unpacked = 64 << 20});
    uint8_t sum = 0;
    for (const auto& [name, entry] : archive.entries()) {
      for (const uint8_t byte : entry.packed) sum = static_cast<uint8_t>(sum + byte);
      if (entry.deflated) archive.unpack(entry);
    }
    [[maybe_unused]] static volatile uint8_t sink;
    sink = sum;
  } catch (const Error&) {
  }
  return 0;
}
