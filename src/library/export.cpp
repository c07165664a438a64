#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>

#include "base/text.h"

namespace sightline {

int64_t export_library(const Collection& library, const std::filesystem::path& npy,
                       const ProgressFn& progress) {
  VectorProvenance provenance = library.provenance().value_or(VectorProvenance{});
  provenance.source = VectorSource{};  // ids of files are absolute paths
  const VectorIndex& vectors = library.vectors();
  VectorSetWriter out(npy, vectors.dim(), provenance);
  const RowMask live = library.rows_matching({});
  std::vector<float> vector(static_cast<size_t>(vectors.dim()));
  constexpr int64_t kStep = 1024;
  const int64_t total = live.count();
  for (int64_t begin = 0; begin < vectors.rows(); begin += kStep) {
    std::vector<int64_t> rows;
    for (int64_t row = begin; row < std::min(begin + kStep, vectors.rows()); ++row) {
      if (live.has(row)) rows.push_back(row);
    }
    const std::vector<VectorItem> items = library.items(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      vectors.copy_row(rows[i], vector);
      out.add(vector, items[i]);
    }
    if (progress) progress({"exporting", out.rows(), total, "", ""});
  }
  const int64_t rows = out.rows();
  out.close();
  return rows;
}

}  // namespace sightline
