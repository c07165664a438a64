#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/file.h"
#include "base/text.h"
#include "index/exact_search.h"
#include "index/npy_vectors.h"
#include "index/quantize.h"
#include "index/quantized_file.h"

namespace sightline {

using index::RowType;

struct VectorIndex::Impl {
  index::FullRows full;
  std::optional<index::NpyVectors> npy;
  std::vector<float> converted;  // the vectors, if they are not scanned in the mapped file
  std::optional<index::QuantizedFile> file;
  std::array<std::optional<index::OwnedQuantizedRows>, index::kRowTypes> owned;
  std::array<std::optional<index::QuantizedRows>, index::kRowTypes> quantized;
  std::vector<std::string> warnings;

  const index::QuantizedRows* quantized_rows(RowType type) const {
    const auto& found = quantized[static_cast<size_t>(type)];
    return found ? &*found : nullptr;
  }
};

namespace {

// The type of the rows that a scan reads; nothing for `best`.
std::optional<RowType> row_type(ScanType type) {
  switch (type) {
    case ScanType::fp32:
      return RowType::f32;
    case ScanType::bf16:
      return RowType::bf16;
    case ScanType::int8:
      return RowType::i8;
    case ScanType::best:
      break;
  }
  return std::nullopt;
}

// The rows of a file: in place if it holds them as a search scans them, otherwise converted.
index::FullRows full_rows(const index::NpyVectors& npy, std::vector<float>& converted) {
  const index::VectorArray& array = npy.array();
  const float* values = array.in_place();
  if (values == nullptr) {
    converted = npy.read().values;
    values = converted.data();
  }
  return {values, array.rows(), array.dim(), 0};
}

void check_query(std::span<const float> queries, int64_t count, const index::FullRows& rows,
                 const SearchOptions& options) {
  const auto fail = [](const std::string& message) {
    throw Error(ErrorCode::invalid_argument, message);
  };
  if (options.k < 1) fail("a search needs k of at least 1, found " + std::to_string(options.k));
  if (std::isnan(options.min_similarity)) fail("the smallest similarity of a hit is NaN");
  const auto words = static_cast<int64_t>(options.allowed.size()), wanted = (rows.rows + 63) / 64;
  if (words != 0 && words != wanted) {
    fail("the mask of allowed rows has " + counted(words, "word") + " of 64 bits; " +
         counted(rows.rows, "row") + " need " + std::to_string(wanted));
  }
  if (count < 0 || static_cast<int64_t>(queries.size()) != count * rows.dim) {
    fail(counted(static_cast<int64_t>(queries.size()), "element") + " are not " +
         counted(count, "query", "queries") + " of " + counted(rows.dim, "element"));
  }
  const auto bad = std::ranges::find_if(queries, [](float x) { return !std::isfinite(x); });
  if (bad != queries.end()) {
    fail("query " + std::to_string((bad - queries.begin()) / rows.dim) +
         " has a NaN or an infinity");
  }
}

}  // namespace

std::string_view scan_type_name(ScanType type) {
  switch (type) {
    case ScanType::fp32:
      return "fp32";
    case ScanType::bf16:
      return "bf16";
    case ScanType::int8:
      return "int8";
    case ScanType::best:
      break;
  }
  return "best";
}

VectorIndex::VectorIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;
VectorIndex& VectorIndex::operator=(VectorIndex&&) noexcept = default;
VectorIndex::~VectorIndex() = default;

std::filesystem::path VectorIndex::quantized_path(const std::filesystem::path& npy) {
  return std::filesystem::path(npy).replace_extension(".quantized");
}

void VectorIndex::check_quantized_path(const std::filesystem::path& npy) {
  index::check_quantized_target(quantized_path(npy), npy);
}

VectorIndex VectorIndex::open_vectors(const std::filesystem::path& npy) {
  auto impl = std::make_unique<Impl>();
  impl->npy.emplace(npy);
  impl->full = full_rows(*impl->npy, impl->converted);
  impl->full.max_norm =
      index::checked_max_norm(impl->full.values, impl->full.rows, impl->full.dim, quoted(npy));
  return VectorIndex(std::move(impl));
}

VectorIndex VectorIndex::open(const std::filesystem::path& npy) {
  auto impl = std::make_unique<Impl>();
  impl->npy.emplace(npy);
  impl->full = full_rows(*impl->npy, impl->converted);
  std::string warning;
  const auto quantized = quantized_path(npy);
  if (quantized != npy)
    impl->file = index::open_quantized_file(quantized, impl->npy->file(), impl->full.rows,
                                            impl->full.dim, warning);
  if (!warning.empty()) impl->warnings.push_back(warning);
  if (impl->file) {
    // quantize() checked every element for NaN and infinity.
    impl->full.max_norm = impl->file->max_norm;
    for (const auto& rows : impl->file->rows)
      impl->quantized[static_cast<size_t>(rows.type)] = rows;
  } else {
    impl->full.max_norm =
        index::checked_max_norm(impl->full.values, impl->full.rows, impl->full.dim, quoted(npy));
  }
  return VectorIndex(std::move(impl));
}

VectorIndex VectorIndex::view(std::span<const float> values, int64_t rows, int64_t dim,
                              const std::string& name) {
  if (rows < 0 || dim < 1 || static_cast<int64_t>(values.size()) != rows * dim) {
    throw Error(ErrorCode::invalid_argument, name, ": ",
                counted(static_cast<int64_t>(values.size()), "element"), " are not ",
                counted(rows, "row"), " of ", counted(dim, "element"));
  }
  auto impl = std::make_unique<Impl>();
  impl->full = {values.data(), rows, dim, index::checked_max_norm(values.data(), rows, dim, name)};
  return VectorIndex(std::move(impl));
}

int64_t VectorIndex::rows() const {
  return impl_->full.rows;
}
int64_t VectorIndex::dim() const {
  return impl_->full.dim;
}

std::span<const float> VectorIndex::row(int64_t i) const {
  return {impl_->full.row(i), static_cast<size_t>(impl_->full.dim)};
}

bool VectorIndex::has(ScanType type) const {
  const auto wanted = row_type(type);
  return !wanted || *wanted == RowType::f32 || impl_->quantized_rows(*wanted) != nullptr;
}

const std::vector<std::string>& VectorIndex::warnings() const {
  return impl_->warnings;
}

void VectorIndex::add(ScanType type) {
  const auto wanted = row_type(type);
  if (!wanted || *wanted == RowType::f32) {
    throw Error(ErrorCode::invalid_argument, "'", scan_type_name(type),
                "' is not a type of quantized vectors; expected bf16 or int8");
  }
  const auto at = static_cast<size_t>(*wanted);
  impl_->owned[at] = index::quantize(impl_->full, *wanted);
  impl_->quantized[at] = impl_->owned[at]->view();
}

std::filesystem::path VectorIndex::save() const {
  if (!impl_->npy)
    throw Error(ErrorCode::invalid_argument,
                "quantized vectors can be saved only where the vectors were opened from a file");
  std::vector<index::QuantizedRows> quantized;
  for (const auto& rows : impl_->quantized) {
    if (rows) quantized.push_back(*rows);
  }
  const auto path = quantized_path(impl_->npy->file().path());
  check_quantized_path(impl_->npy->file().path());
  index::write_quantized_file(path, impl_->npy->file(), impl_->full, quantized);
  return path;
}

std::vector<std::vector<Hit>> VectorIndex::search(std::span<const float> queries, int64_t count,
                                                  const SearchOptions& options,
                                                  SearchStatistics* statistics) const {
  check_query(queries, count, impl_->full, options);
  ScanType scan = options.scan;
  if (scan == ScanType::best) {
    scan = has(ScanType::int8)   ? ScanType::int8
           : has(ScanType::bf16) ? ScanType::bf16
                                 : ScanType::fp32;
  }
  if (!has(scan)) {
    throw Error(ErrorCode::invalid_argument, "there are no ", scan_type_name(scan),
                " vectors to scan; 'sightline quantize' makes them");
  }
  const RowType type = *row_type(scan);
  int64_t rescored = 0;
  auto hits = index::exact_search(
      impl_->full, type, impl_->quantized_rows(type), queries.data(), count, options.k,
      {options.allowed.empty() ? nullptr : options.allowed.data(), options.min_similarity},
      index::scan_kernels(), rescored);
  if (statistics != nullptr) *statistics = {scan, rescored};
  return hits;
}

std::vector<std::vector<Hit>> VectorIndex::search(const Matrix& queries,
                                                  const SearchOptions& options,
                                                  SearchStatistics* statistics) const {
  if (queries.rows > 0 && queries.dim != dim()) {
    throw Error(ErrorCode::invalid_argument, "cannot compare queries of ", queries.dim,
                " elements with vectors of ", dim());
  }
  return search(queries.values, queries.rows, options, statistics);
}

}  // namespace sightline
