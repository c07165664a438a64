// Exact search: the rows of an (N, D) array with the largest inner products.
#pragma once

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

// What the first pass over all vectors reads. It decides speed, never the result.
//   fp32: the vectors themselves, 4 D bytes a row
//   bf16: 2 D + 4 bytes
//   int8: D + 8 bytes
//   best: the smallest of those that the index has
enum class ScanType { best, fp32, bf16, int8 };

// "best", "fp32", "bf16", "int8".
std::string_view scan_type_name(ScanType type);

struct SearchOptions {
  int k = 10;  // hits for each query, fewer where there are fewer rows
  ScanType scan = ScanType::best;
};

struct SearchStatistics {
  ScanType scan = ScanType::fp32;  // what was read
  int64_t rescored = 0;            // inner products that were computed a second time, in double
};

// Vectors to search among, and perhaps their short forms in bf16 or int8. Immutable but for add();
// searching from many threads is safe, and each search uses all cores anyway.
//
// Every search is exact: hits, order and similarities are those of inner products summed in double
// in the order of the components, rows of equal similarity in the order of their indices
// (docs/decisions/0023-exact-search.md says how a scan of 8 bits can promise that).
class VectorIndex {
 public:
  // Maps a .npy file of (N, D) float32, and its short forms where `sightline index` (save below)
  // put them beside it (docs/formats/vector_index.md). What belongs to other vectors is ignored;
  // warnings() says so. Throws not_found, io, unsupported (not float32), invalid_data (not two
  // dimensions, cut off, or a row with NaN or infinity, which is named).
  static VectorIndex open(const std::filesystem::path& npy);

  // The same, whatever short forms lie beside the file.
  static VectorIndex open_vectors(const std::filesystem::path& npy);

  // Looks at `values` (rows, dim), row after row, which must outlive the index. Throws
  // invalid_argument where the sizes disagree, invalid_data for NaN or infinity.
  static VectorIndex view(std::span<const float> values, int64_t rows, int64_t dim);

  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;
  ~VectorIndex();

  int64_t rows() const;
  int64_t dim() const;
  std::span<const float> row(int64_t i) const;  // i < rows()

  // Whether searches may ask for this form; fp32 and best always.
  bool has(ScanType type) const;
  // What went wrong with the short forms beside the file, one sentence each.
  const std::vector<std::string>& warnings() const;

  // Computes a short form, bf16 or int8, in memory. Throws invalid_argument for another type,
  // unsupported for int8 with more than 32,768 dimensions.
  void add(ScanType type);

  // Writes all short forms beside the .npy file that was opened, atomically. Returns the file.
  // Throws invalid_argument for an index that was not opened from a file, for a file that changed
  // since, and as check_quantized_path; io.
  std::filesystem::path save() const;
  // Where save() writes and open() looks: the same name, ending in .index.
  static std::filesystem::path quantized_path(const std::filesystem::path& npy);
  // Throws invalid_argument where save() would replace something other than short forms: the
  // vectors themselves, or a file of another program. To be asked before long work; save() asks
  // again.
  static void check_quantized_path(const std::filesystem::path& npy);

  // For each of `count` queries (count, dim), row after row, its best rows, best first. Throws
  // invalid_argument (k below 1, sizes that disagree, NaN or infinity in a query, a form that the
  // index does not have).
  std::vector<std::vector<Hit>> search(std::span<const float> queries, int64_t count,
                                       const SearchOptions& options = {},
                                       SearchStatistics* statistics = nullptr) const;

 private:
  struct Impl;
  explicit VectorIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sightline
