// NumPy arrays: results own their C++ memory, inputs are used in place.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace sightline::python {

using Vectors = nanobind::ndarray<nanobind::numpy, float, nanobind::ndim<2>>;
using VectorsIn =
    nanobind::ndarray<const float, nanobind::ndim<2>, nanobind::c_contig, nanobind::device::cpu>;
using BytesIn =
    nanobind::ndarray<const uint8_t, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

// Returns an array (rows, columns) that takes over `values`.
template <typename T>
nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<2>> to_array(std::vector<T>&& values,
                                                                  int64_t rows, int64_t columns) {
  auto* const owned = new std::vector<T>(std::move(values));
  const nanobind::capsule owner(
      owned, [](void* object) noexcept { delete static_cast<std::vector<T>*>(object); });
  return {owned->data(), {static_cast<size_t>(rows), static_cast<size_t>(columns)}, owner};
}

inline Vectors to_array(Matrix&& matrix) {
  return to_array(std::move(matrix.values), matrix.rows, matrix.dim);
}

}  // namespace sightline::python
