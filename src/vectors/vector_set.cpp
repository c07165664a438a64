#include <sightline/error.h>
#include <sightline/shards.h>
#include <sightline/vectors.h>

#include <algorithm>
#include <numeric>

#include "base/file.h"
#include "base/text.h"
#include "index/npy_vectors.h"
#include "vectors/description.h"
#include "vectors/item_line.h"
#include "vectors/item_lines.h"
#include "vectors/shard_set.h"
#include "vectors/table_items.h"
#include "vectors/unit_rows.h"
#include "vectors/vector_files.h"

namespace sightline {

namespace fs = std::filesystem;

fs::path ids_path(const fs::path& npy) {
  return fs::path(npy).replace_extension(".ids.jsonl");
}

fs::path provenance_path(const fs::path& npy) {
  return fs::path(npy).replace_extension(".meta.json");
}

struct VectorSet::Impl {
  fs::path path;           // as opened
  fs::path npy;            // the only array; empty if there are several
  bool has_lines = false;  // NAME.ids.jsonl exists
  std::optional<vectors::ItemLines> lines;
  std::optional<VectorKind> kind;
  std::vector<vectors::TablePart> parts;
  std::optional<vectors::TableItems> tables;  // of `parts`, without shards
  std::optional<vectors::ShardSet> shards;    // of a manifest
  Matrix values;                              // of `index`, unless it maps a file
  std::optional<VectorIndex> index;
  std::optional<VectorProvenance> provenance;
  std::vector<std::string> warnings;

  void open_array(const fs::path& array);
  void open_shards();
  void join(std::span<const fs::path> arrays);
  void scale();
};

void VectorSet::Impl::open_array(const fs::path& array) {
  npy = array;
  index = VectorIndex::open(npy);
  parts.push_back({0, index->rows(), {}});
  const auto& more = index->warnings();
  warnings.insert(warnings.end(), more.begin(), more.end());
  if (auto description = vectors::read_description(npy)) {
    vectors::check_description(npy, *description, *index);
    provenance = std::move(description->provenance);
    kind = provenance->kind;
  }
  has_lines = fs::exists(file_status(ids_path(npy)));
  if (has_lines) lines.emplace(ids_path(npy));
  if (provenance && !has_lines) {
    warnings.push_back("there is no " + quoted(ids_path(npy)) + ": rows have their numbers as ids");
  }
}

void VectorSet::Impl::open_shards() {
  shards.emplace(path);
  index = shards->index();
  provenance = shards->provenance();
  kind = provenance->kind;
  has_lines = true;
  warnings = shards->warnings();
}

// Joins the parts in memory.
void VectorSet::Impl::join(std::span<const fs::path> arrays) {
  std::vector<index::NpyVectors> files;
  int64_t rows = 0;
  for (const fs::path& array : arrays) {
    files.emplace_back(array);
    const index::VectorArray& vectors = files.back().array();
    if (vectors.dim() != files.front().array().dim()) {
      throw Error(ErrorCode::invalid_data, quoted(array), " has vectors of ", vectors.dim(),
                  " elements, ", quoted(arrays.front()), " of ", files.front().array().dim(),
                  ": they are not parts of one array");
    }
    parts.push_back({rows, vectors.rows(), {}});
    rows += vectors.rows();
  }
  values = Matrix(rows, files.front().array().dim());
  for (size_t i = 0; i < files.size(); ++i) {
    const auto part = std::span(values.values)
                          .subspan(static_cast<size_t>(parts[i].first * values.dim),
                                   static_cast<size_t>(parts[i].rows * values.dim));
    files[i].read(part);
    VectorIndex::view(part, parts[i].rows, values.dim, quoted(arrays[i]));  // names a row with NaN
  }
  index = VectorIndex::view(values, quoted(path));
}

void VectorSet::Impl::scale() {
  auto scaled = vectors::unit_rows(*index);
  if (!scaled) return;
  warnings.push_back("the vectors of " + quoted(path) +
                     " are not of unit length: they are scaled, so that similarities are cosines");
  if (scaled->zero > 0) {
    warnings.push_back(message(quoted(path), " has ", counted(scaled->zero, "zero vector"),
                               " (the first in row ", scaled->first_zero,
                               "), whose similarity is 0"));
  }
  if (index->has(ScanType::int8) || index->has(ScanType::bf16)) {
    warnings.push_back("the quantized vectors of " + quoted(path) +
                       " are not used, because they are not of the scaled vectors");
  }
  values = std::move(scaled->vectors);
  index = VectorIndex::view(values, quoted(path));
}

VectorSet::VectorSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VectorSet::VectorSet(VectorSet&&) noexcept = default;
VectorSet& VectorSet::operator=(VectorSet&&) noexcept = default;
VectorSet::~VectorSet() = default;

VectorSet VectorSet::open(const fs::path& path, const VectorSetOptions& options) {
  if (is_shard_manifest(path)) {
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->open_shards();
    return VectorSet(std::move(impl));
  }
  vectors::VectorFiles files = vectors::find_vector_files(path, options.kind);
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->kind = files.kind;
  impl->warnings = std::move(files.warnings);
  if (files.arrays.size() == 1) {
    impl->open_array(files.arrays[0]);
  } else {
    impl->join(files.arrays);
  }
  for (size_t i = 0; i < files.tables.size(); ++i) impl->parts[i].table = files.tables[i];
  impl->tables.emplace(impl->parts);
  if (options.unit_length && !impl->provenance) impl->scale();
  return VectorSet(std::move(impl));
}

const fs::path& VectorSet::path() const {
  return impl_->path;
}
const VectorIndex& VectorSet::index() const {
  return *impl_->index;
}
const std::optional<VectorProvenance>& VectorSet::provenance() const {
  return impl_->provenance;
}
const std::vector<std::string>& VectorSet::warnings() const {
  return impl_->warnings;
}
std::optional<VectorKind> VectorSet::kind() const {
  return impl_->kind;
}
bool VectorSet::has_ids() const {
  return impl_->has_lines ||
         std::ranges::any_of(impl_->parts, [](const auto& part) { return !part.table.empty(); });
}

std::vector<VectorItem> VectorSet::items(std::span<const int64_t> rows) const {
  std::vector<VectorItem> out(rows.size());
  if (rows.empty()) return out;
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return rows[i]; });
  for (const int64_t row : {rows[order.front()], rows[order.back()]}) {
    if (row >= 0 && row < index().rows()) continue;
    throw Error(ErrorCode::invalid_argument, quoted(path()), " has no row ", row, ", only ",
                index().rows(), " rows");
  }
  std::vector<int64_t> ascending;
  for (const size_t i : order) ascending.push_back(rows[i]);
  std::vector<VectorItem> items = impl_->shards  ? impl_->shards->items(ascending)
                                  : impl_->lines ? impl_->lines->read(ascending, index())
                                                 : impl_->tables->read(ascending);
  for (size_t i = 0; i < order.size(); ++i) out[order[i]] = std::move(items[i]);
  return out;
}

}  // namespace sightline
