#include <sightline/error.h>
#include <sightline/vectors.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "vectors/description.h"
#include "vectors/item_line.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Iterates over the lines of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }

 private:
  std::string_view rest_;
};

void check_description(const fs::path& npy, const vectors::Description& description,
                       const VectorIndex& index) {
  const std::string meta = quoted(provenance_path(npy));
  if (description.rows != index.rows() || description.dim != index.dim()) {
    throw Error(ErrorCode::invalid_data, meta, " describes ", description.rows, " vectors of ",
                description.dim, " elements, ", quoted(npy), " has ", index.rows(), " of ",
                index.dim());
  }
  if (index.rows() > 0 && description.first_checksum != vectors::vector_checksum(index.row(0))) {
    throw Error(ErrorCode::invalid_data, meta, " and ", quoted(npy),
                " are of different runs (their first vectors differ): encode again");
  }
}

}  // namespace

fs::path ids_path(const fs::path& npy) {
  return fs::path(npy).replace_extension(".ids.jsonl");
}

fs::path provenance_path(const fs::path& npy) {
  return fs::path(npy).replace_extension(".meta.json");
}

struct VectorSet::Impl {
  fs::path path;
  VectorIndex index;
  std::optional<VectorProvenance> provenance;
};

VectorSet::VectorSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VectorSet::VectorSet(VectorSet&&) noexcept = default;
VectorSet& VectorSet::operator=(VectorSet&&) noexcept = default;
VectorSet::~VectorSet() = default;

VectorSet VectorSet::open(const fs::path& npy) {
  VectorIndex index = VectorIndex::open(npy);
  std::optional<VectorProvenance> provenance;
  if (auto description = vectors::read_description(npy)) {
    check_description(npy, *description, index);
    provenance = std::move(description->provenance);
  }
  return VectorSet(std::make_unique<Impl>(Impl{npy, std::move(index), std::move(provenance)}));
}

const fs::path& VectorSet::path() const {
  return impl_->path;
}
const VectorIndex& VectorSet::index() const {
  return impl_->index;
}
const std::optional<VectorProvenance>& VectorSet::provenance() const {
  return impl_->provenance;
}
const std::vector<std::string>& VectorSet::warnings() const {
  return impl_->index.warnings();
}

std::vector<VectorItem> VectorSet::items(std::span<const int64_t> rows) const {
  std::vector<VectorItem> out(rows.size());
  if (rows.empty()) return out;
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return rows[i]; });
  for (const int64_t row : {rows[order.front()], rows[order.back()]}) {
    if (row >= 0 && row < impl_->index.rows()) continue;
    throw Error(ErrorCode::invalid_argument, quoted(impl_->path), " has no row ", row, ", only ",
                impl_->index.rows(), " rows");
  }
  const MappedFile file(ids_path(impl_->path));
  const std::string where = quoted(file.path());
  Lines lines({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
  auto wanted = order.begin();
  for (int64_t row = 0; wanted != order.end(); ++row) {
    const auto line = lines.next();
    if (!line) {
      throw Error(ErrorCode::invalid_data, where, " has ", row, " lines, expected one for row ",
                  rows[order.back()]);
    }
    for (; wanted != order.end() && rows[*wanted] == row; ++wanted) {
      out[*wanted] = vectors::parse_item_line(*line, message(where, ", line ", row + 1), row,
                                              impl_->index.row(row));
    }
  }
  return out;
}

}  // namespace sightline
