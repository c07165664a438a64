// VectorIndex: exact search for the rows of an (N, D) array with the largest inner products.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

namespace index {
struct VectorIndexAccess;
}

struct Hit {
  int64_t index = 0;      // row among the vectors
  double similarity = 0;  // inner product of query and row
};

// The vectors that the first pass of a search reads. Affects speed only, never the hits.
//   fp32: the vectors themselves, 4 D bytes per row
//   bf16: 2 D + 4 bytes per row
//   int8: D + 8 bytes per row
//   best: the smallest type that the index has
enum class ScanType { best, fp32, bf16, int8 };

// Returns "best", "fp32", "bf16" or "int8".
std::string_view scan_type_name(ScanType type);

struct SearchOptions {
  int k = 10;  // hits per query; fewer if fewer rows are allowed and reach min_similarity
  ScanType scan = ScanType::best;
  // Rows that may be hits: row i where bit i % 64 of word i / 64 is set, (rows + 63) / 64 words.
  // Bits behind the last row are ignored. Empty: all rows. Must outlive the search.
  std::span<const uint64_t> allowed = {};
  // Rows with a smaller similarity, as summed in double, are not hits.
  double min_similarity = -std::numeric_limits<double>::infinity();
};

struct SearchStatistics {
  ScanType scan = ScanType::fp32;  // type of the first pass; of several segments the smallest
  int64_t scanned = 0;             // rows read in the first pass; 0 if few are allowed
  int64_t rescored = 0;            // inner products computed in the second pass, in double
};

// Vectors to search, optionally with quantized copies in bf16 or int8.
//
// Every search is exact: hits, order and similarities equal those of inner products summed in
// double in element order over the allowed rows; rows of equal similarity are ordered by index.
// docs/decisions/0023-exact-search.md proves this for scans of quantized vectors,
// 0049-segmented-search.md for some of the rows. NaN and infinity are rejected in vectors and
// queries. Thread-safe, except for add(). Searches use all cores where that is faster.
class VectorIndex {
 public:
  // Opens NAME.npy, (N, D), and the quantized vectors in NAME.quantized if it exists
  // (docs/formats/vectors.md). float32 in C order is mapped; float16, float64, big-endian and
  // Fortran-order arrays are converted to float32 in memory. Quantized vectors of another array are
  // ignored with a warning. Throws not_found, io, unsupported (not floats), invalid_data (not
  // two-dimensional, truncated, a number beyond float32, NaN or infinity; the message names the
  // row).
  static VectorIndex open(const std::filesystem::path& npy);

  // Opens the .npy file only.
  static VectorIndex open_vectors(const std::filesystem::path& npy);

  // An index over `values` (rows, dim), which are not copied and must outlive the index. `name`
  // identifies them in messages. Throws invalid_argument if the sizes disagree, invalid_data for
  // NaN or infinity; the message names the row.
  static VectorIndex view(std::span<const float> values, int64_t rows, int64_t dim,
                          const std::string& name = "the vectors");
  static VectorIndex view(const Matrix& matrix, const std::string& name = "the vectors") {
    return view(matrix.values, matrix.rows, matrix.dim, name);
  }

  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;
  ~VectorIndex();

  int64_t rows() const;
  // Rows that can be hits: all, except in a library, where rows may have been deleted.
  int64_t live_rows() const;
  int64_t dim() const;
  // Row i < rows(). Throws invalid_argument if it is stored in half precision.
  std::span<const float> row(int64_t i) const;
  // Copies row i < rows() to `to`, dim() elements, in any precision.
  void copy_row(int64_t i, std::span<float> to) const;

  // Returns whether search() can scan this type; always true for fp32 and best.
  bool has(ScanType type) const;
  // Reasons why quantized vectors on disk are not used, one sentence each.
  const std::vector<std::string>& warnings() const;

  // Quantizes the vectors to bf16 or int8 in memory. Must not overlap with other calls. Throws
  // invalid_argument for another type or an index of several segments, unsupported for int8 with
  // more than 32,768 dimensions.
  void add(ScanType type);

  // Writes all quantized vectors atomically to quantized_path() of the opened .npy file and returns
  // that path. Throws invalid_argument if the index was not opened from a file or the file has
  // changed since; what check_quantized_path throws; io.
  std::filesystem::path save() const;
  // Returns NAME.quantized, which save() writes and open() reads.
  static std::filesystem::path quantized_path(const std::filesystem::path& npy);
  // Throws invalid_argument if save() would replace a file that does not hold quantized vectors,
  // such as the vectors themselves. Call it before long work; save() repeats the check.
  static void check_quantized_path(const std::filesystem::path& npy);

  // Returns the options.k best allowed rows for each query, best first. `queries`: (count, dim).
  // Throws invalid_argument (k below 1, sizes that disagree, NaN or infinity in a query, a NaN
  // threshold, a scan type that the index does not have).
  std::vector<std::vector<Hit>> search(std::span<const float> queries, int64_t count,
                                       const SearchOptions& options = {},
                                       SearchStatistics* statistics = nullptr) const;
  std::vector<std::vector<Hit>> search(const Matrix& queries, const SearchOptions& options = {},
                                       SearchStatistics* statistics = nullptr) const;

 private:
  struct Impl;
  friend struct index::VectorIndexAccess;
  explicit VectorIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sightline
