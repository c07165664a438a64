// Fuzzes the .npy reader: any bytes yield vectors or an Error, and both readers agree.
#include <sightline/error.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "base/bytes.h"
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
    const auto values = bytes_of(std::span<const float>(vectors.values));
    if (!std::ranges::equal(array.bytes, values)) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
