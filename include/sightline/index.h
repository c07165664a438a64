// Exact search: the rows of an (N, D) array with the largest inner products.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

struct Hit {
  int64_t index = 0;      // row among the vectors
  double similarity = 0;  // inner product of query and row
};

// The vectors that the first pass of a search reads. Affects speed only, never the hits.
//   fp32: the vectors themselves, 4 D bytes a row
//   bf16: 2 D + 4 bytes
//   int8: D + 8 bytes
//   best: the smallest of those that the index has
enum class ScanType { best, fp32, bf16, int8 };

// "best", "fp32", "bf16", "int8".
std::string_view scan_type_name(ScanType type);

struct SearchOptions {
  int k = 10;  // hits of each query; fewer where there are fewer rows
  ScanType scan = ScanType::best;
};

struct SearchStatistics {
  ScanType scan = ScanType::fp32;  // of the first pass
  int64_t rescored = 0;            // inner products computed in the second pass, in double
};

// Vectors to search, optionally quantized to bf16 or int8. Immutable but for add(). Searches from
// several threads may overlap; each uses all cores.
//
// Every search is exact: hits, order and similarities are those of inner products summed in double
// in the order of the elements, rows of equal similarity in the order of their indices
// (docs/decisions/0023-exact-search.md proves it for scans of quantized vectors). NaN and infinity
// are rejected, in vectors and in queries.
class VectorIndex {
 public:
  // Maps NAME.npy, (N, D) float32, and the quantized vectors in NAME.quantized where there are any
  // (docs/formats/vectors.md). Quantized vectors of another array are ignored, with a warning.
  // Throws not_found, io, unsupported (not float32), invalid_data (not two dimensions, truncated,
  // or a row with NaN or infinity, which is named).
  static VectorIndex open(const std::filesystem::path& npy);

  // Maps the .npy file only.
  static VectorIndex open_vectors(const std::filesystem::path& npy);

  // Searches `values` (rows, dim) in place; they must outlive the index. `name` begins messages.
  // Throws invalid_argument where the sizes disagree, invalid_data for a row with NaN or infinity,
  // which is named.
  static VectorIndex view(std::span<const float> values, int64_t rows, int64_t dim,
                          const std::string& name = "the vectors");
  static VectorIndex view(const Matrix& matrix, const std::string& name = "the vectors") {
    return view(matrix.values, matrix.rows, matrix.dim, name);
  }

  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;
  ~VectorIndex();

  int64_t rows() const;
  int64_t dim() const;
  std::span<const float> row(int64_t i) const;  // i < rows()

  // Whether search() can scan this type; always true of fp32 and best.
  bool has(ScanType type) const;
  // Why quantized vectors on disk are not used, one sentence each.
  const std::vector<std::string>& warnings() const;

  // Quantizes the vectors to bf16 or int8, in memory. Throws invalid_argument for another type,
  // unsupported for int8 with more than 32,768 dimensions.
  void add(ScanType type);

  // Writes all quantized vectors to quantized_path() of the .npy file that was opened, atomically.
  // Returns that path. Throws invalid_argument for an index that was not opened from a file, for a
  // file that changed since, and as check_quantized_path; io.
  std::filesystem::path save() const;
  // NAME.quantized, where save() writes and open() reads.
  static std::filesystem::path quantized_path(const std::filesystem::path& npy);
  // Throws invalid_argument where save() would replace anything but quantized vectors: the vectors
  // themselves, or a file of another program. For a check before long work; save() repeats it.
  static void check_quantized_path(const std::filesystem::path& npy);

  // The options.k best rows of each of `count` queries (count, dim), best first. Throws
  // invalid_argument (k below 1, sizes that disagree, NaN or infinity in a query, a scan type that
  // the index does not have).
  std::vector<std::vector<Hit>> search(std::span<const float> queries, int64_t count,
                                       const SearchOptions& options = {},
                                       SearchStatistics* statistics = nullptr) const;
  std::vector<std::vector<Hit>> search(const Matrix& queries, const SearchOptions& options = {},
                                       SearchStatistics* statistics = nullptr) const;

 private:
  struct Impl;
  explicit VectorIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sightline
