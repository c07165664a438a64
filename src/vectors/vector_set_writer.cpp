#include <sightline/error.h>
#include <sightline/vectors.h>

#include <map>

#include "base/file.h"
#include "base/finite.h"
#include "base/npy_rows.h"
#include "base/temporary_path.h"
#include "vectors/description.h"
#include "vectors/item_line.h"

namespace sightline {

struct VectorSetWriter::Impl {
  std::filesystem::path npy;
  vectors::Description description;
  NpyRowWriter rows;
  std::string lines;                                          // of NAME.ids.jsonl
  std::map<int64_t, std::vector<std::string>> more_captions;  // by row
};

VectorSetWriter::VectorSetWriter(const std::filesystem::path& npy, int64_t dim,
                                 VectorProvenance provenance)
    : impl_(new Impl{npy, {std::move(provenance), 0, dim, {}}, {npy, dim}, {}, {}}) {
  for (const auto& path : {ids_path(npy), provenance_path(npy)}) remove_leftovers(path);
}
VectorSetWriter::VectorSetWriter(VectorSetWriter&&) noexcept = default;
VectorSetWriter::~VectorSetWriter() = default;

void VectorSetWriter::add(std::span<const float> vector, const VectorItem& item) {
  vectors::Description& description = impl_->description;
  const int64_t row = impl_->rows.rows();
  if (static_cast<int64_t>(vector.size()) != description.dim) {
    throw Error(ErrorCode::invalid_argument, "row ", row, " ('", item.id, "') has ", vector.size(),
                " elements, '", impl_->npy.string(), "' has vectors of ", description.dim);
  }
  if (!all_finite(vector)) {
    throw Error(ErrorCode::invalid_data, "row ", row, " ('", item.id,
                "') has a NaN or an infinity: '", impl_->npy.string(), "' is not written");
  }
  if (row == 0) description.first_checksum = vectors::vector_checksum(vector);
  impl_->lines += vectors::item_line(item, description.provenance.kind, row, vector);
  impl_->rows.append(vector);
}

int64_t VectorSetWriter::rows() const {
  return impl_->rows.rows();
}

void VectorSetWriter::add_captions(int64_t row, std::span<const std::string> captions) {
  if (row < 0 || row >= rows()) {
    throw Error(ErrorCode::invalid_argument, "there is no row ", row, " to add captions to, only ",
                rows(), " rows");
  }
  if (captions.empty()) return;
  auto& more = impl_->more_captions[row];
  more.insert(more.end(), captions.begin(), captions.end());
}

void VectorSetWriter::close() {
  impl_->description.rows = impl_->rows.rows();
  if (!impl_->more_captions.empty())
    impl_->lines = vectors::with_captions(impl_->lines, impl_->more_captions);
  write_file_atomic(ids_path(impl_->npy), impl_->lines);
  vectors::write_description(impl_->npy, impl_->description);
  impl_->rows.close();
}

}  // namespace sightline
