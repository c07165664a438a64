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
#include "index/vector_index_impl.h"

namespace sightline {

using index::RowType;

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

ScanType scan_type(RowType type) {
  return type == RowType::i8     ? ScanType::int8
         : type == RowType::bf16 ? ScanType::bf16
                                 : ScanType::fp32;
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

void check_query(std::span<const float> queries, int64_t count, const VectorIndex& index,
                 const SearchOptions& options) {
  const auto fail = [](const std::string& message) {
    throw Error(ErrorCode::invalid_argument, message);
  };
  if (options.k < 1) fail("a search needs k of at least 1, found " + std::to_string(options.k));
  if (std::isnan(options.min_similarity)) fail("the smallest similarity of a hit is NaN");
  const auto words = static_cast<int64_t>(options.allowed.size()),
             wanted = (index.rows() + 63) / 64;
  if (words != 0 && words != wanted) {
    fail("the mask of allowed rows has " + counted(words, "word") + " of 64 bits; " +
         counted(index.rows(), "row") + " need " + std::to_string(wanted));
  }
  if (count < 0 || static_cast<int64_t>(queries.size()) != count * index.dim()) {
    fail(counted(static_cast<int64_t>(queries.size()), "element") + " are not " +
         counted(count, "query", "queries") + " of " + counted(index.dim(), "element"));
  }
  const auto bad = std::ranges::find_if(queries, [](float x) { return !std::isfinite(x); });
  if (bad != queries.end()) {
    fail("query " + std::to_string((bad - queries.begin()) / index.dim()) +
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
  index::FullRows full = full_rows(*impl->npy, impl->converted);
  full.max_norm = index::checked_max_norm(full.values, full.rows, full.dim, quoted(npy));
  impl->set_rows(full);
  return VectorIndex(std::move(impl));
}

VectorIndex VectorIndex::open(const std::filesystem::path& npy) {
  auto impl = std::make_unique<Impl>();
  impl->npy.emplace(npy);
  index::FullRows full = full_rows(*impl->npy, impl->converted);
  std::string warning;
  const auto quantized = quantized_path(npy);
  if (quantized != npy)
    impl->file =
        index::open_quantized_file(quantized, impl->npy->file(), full.rows, full.dim, warning);
  if (!warning.empty()) impl->warnings.push_back(warning);
  // quantize() checked every element for NaN and infinity.
  full.max_norm = impl->file
                      ? impl->file->max_norm
                      : index::checked_max_norm(full.values, full.rows, full.dim, quoted(npy));
  impl->set_rows(full);
  if (impl->file) {
    for (const auto& rows : impl->file->rows) impl->set_quantized(rows);
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
  impl->set_rows(
      {values.data(), rows, dim, index::checked_max_norm(values.data(), rows, dim, name)});
  return VectorIndex(std::move(impl));
}

int64_t VectorIndex::rows() const {
  return impl_->segments.rows() - impl_->numbers.left_out();
}
int64_t VectorIndex::live_rows() const {
  return impl_->segments.live_rows();
}
int64_t VectorIndex::dim() const {
  return impl_->segments.dim();
}

std::span<const float> VectorIndex::row(int64_t i) const {
  const auto [segment, row] = impl_->segments.place(impl_->numbers.stored(i));
  const index::IndexSegment& in = impl_->segments[segment];
  if (in.half != nullptr) {
    throw Error(ErrorCode::invalid_argument, "row ", i,
                " is stored in half precision and can only be copied");
  }
  return {in.full.row(row), static_cast<size_t>(dim())};
}

void VectorIndex::copy_row(int64_t i, std::span<float> to) const {
  if (static_cast<int64_t>(to.size()) != dim()) {
    throw Error(ErrorCode::invalid_argument, "a row of ", counted(dim(), "element"),
                " does not fit into ", to.size());
  }
  const float* from = impl_->segments.row(impl_->numbers.stored(i), to.data());
  if (from != to.data()) std::copy_n(from, dim(), to.data());
}

bool VectorIndex::has(ScanType type) const {
  const auto wanted = row_type(type);
  return !wanted || impl_->segments.has(*wanted);
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
  if (impl_->segmented) {
    throw Error(ErrorCode::invalid_argument,
                "the segments of an index are immutable; it cannot be quantized");
  }
  auto& owned = impl_->owned[static_cast<size_t>(*wanted)];
  owned = index::quantize(impl_->full(), *wanted);
  impl_->set_quantized(owned->view());
}

std::filesystem::path VectorIndex::save() const {
  if (!impl_->npy)
    throw Error(ErrorCode::invalid_argument,
                "quantized vectors can be saved only where the vectors were opened from a file");
  std::vector<index::QuantizedRows> quantized;
  for (const auto& rows : {impl_->segments[0].bf16, impl_->segments[0].i8}) {
    if (rows) quantized.push_back(*rows);
  }
  const auto path = quantized_path(impl_->npy->file().path());
  check_quantized_path(impl_->npy->file().path());
  index::write_quantized_file(path, impl_->npy->file(), impl_->full(), quantized);
  return path;
}

std::vector<std::vector<Hit>> VectorIndex::search(std::span<const float> queries, int64_t count,
                                                  const SearchOptions& options,
                                                  SearchStatistics* statistics) const {
  check_query(queries, count, *this, options);
  if (!has(options.scan)) {
    throw Error(ErrorCode::invalid_argument, "there are no ", scan_type_name(options.scan),
                " vectors to scan; 'sightline quantize' makes them");
  }
  std::vector<uint64_t> mask;
  std::span<const uint64_t> allowed = options.allowed;
  if (!allowed.empty() && !impl_->numbers.all())
    allowed = mask = impl_->numbers.stored_mask(allowed, rows());
  const index::SearchRequest request = {queries.data(),
                                        count,
                                        options.k,
                                        row_type(options.scan),
                                        allowed.empty() ? nullptr : allowed.data(),
                                        options.min_similarity};
  index::SearchCounts counts;
  auto hits = index::exact_search(impl_->segments, request, index::scan_kernels(), counts);
  if (!impl_->numbers.all()) {
    for (auto& found : hits) {
      for (Hit& hit : found) hit.index = impl_->numbers.row(hit.index);
    }
  }
  if (statistics != nullptr)
    *statistics = {scan_type(request.type.value_or(impl_->segments.smallest())), counts.scanned,
                   counts.rescored};
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
