// Vectors in .npy arrays, as any program writes them (docs/formats/vectors.md).
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "base/file.h"
#include "base/npy_header.h"

namespace sightline::index {

// Which arrays are vectors. rows: (N, D). rows_or_one: also (D), one vector.
enum class VectorShape { rows, rows_or_one };

// An (N, D) array of float16, float32 or float64 in either byte order, row-major or column-major.
// Does not own its bytes.
class VectorArray {
 public:
  // `file`: a whole .npy file, which must outlive the object. `where` begins each message. Throws
  // invalid_data (not a whole .npy file, another number of dimensions), unsupported (not floats).
  VectorArray(std::span<const uint8_t> file, std::string where,
              VectorShape shape = VectorShape::rows);

  int64_t rows() const { return rows_; }
  int64_t dim() const { return dim_; }

  // The elements as they are in the file if they are aligned '<f4' in C order; otherwise null.
  const float* in_place() const;

  // Called with bytes of the file that are not needed again.
  using Release = std::function<void(std::span<const uint8_t>)>;

  // Converts all rows to f32 on all cores, in blocks. `out`: (N, D). float64 is rounded to nearest.
  // Throws invalid_data, naming the row, for a finite number that float32 cannot represent.
  void read(std::span<float> out, const Release& release = {}) const;

 private:
  double element(int64_t row, int64_t column) const;
  void read_rows(int64_t begin, int64_t end, float* out) const;

  npy::Header header_;
  std::span<const uint8_t> elements_;
  std::string where_;
  int64_t rows_ = 0, dim_ = 0;
};

// The vectors of a mapped file. Throws not_found, io, and what VectorArray throws.
class NpyVectors {
 public:
  explicit NpyVectors(const std::filesystem::path& npy, VectorShape shape = VectorShape::rows);

  const VectorArray& array() const { return array_; }
  const MappedFile& file() const { return file_; }

  // Reads all rows, releasing the pages of each block once it is converted.
  void read(std::span<float> out) const;
  Matrix read() const;

 private:
  MappedFile file_;
  VectorArray array_;
};

}  // namespace sightline::index
