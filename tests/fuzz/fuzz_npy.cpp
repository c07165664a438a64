// Fuzzes the .npy reader: any bytes yield vectors or an Error, and both readers agree.
#include <sightline/error.h>

#include <cstdlib>
#include <cstring>

#include "base/npy.h"
#include "index/npy_vectors.h"
#include "temporary_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const fuzz::TemporaryFile input(data, size);
  Matrix vectors;
  try {
    vectors = index::NpyVectors(input.path(), index::VectorShape::rows_or_one).read();
  } catch (const Error&) {
    return 0;
  }
  try {
    const NpyArray array = read_npy(input.path());
    if (array.type != NpyType::f32) std::abort();
    if (array.bytes.size() != vectors.values.size() * sizeof(float)) std::abort();
    if (std::memcmp(array.bytes.data(), vectors.values.data(), array.bytes.size()) != 0)
      std::abort();
  } catch (const Error&) {
  }
  return 0;
}
