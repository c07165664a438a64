#include <sightline/vectors.h>

#include <utility>

#include "vectors/set_files.h"

namespace sightline {

struct VectorSetWriter::Impl {
  vectors::SetFiles files;
};

VectorSetWriter::VectorSetWriter(const std::filesystem::path& npy, int64_t dim,
                                 VectorProvenance provenance)
    : impl_(new Impl{{npy, {std::move(provenance), 0, dim, {}}}}) {}
VectorSetWriter::VectorSetWriter(VectorSetWriter&&) noexcept = default;
VectorSetWriter::~VectorSetWriter() = default;

void VectorSetWriter::add(std::span<const float> vector, const VectorItem& item) {
  impl_->files.add(vector, item);
}

int64_t VectorSetWriter::rows() const {
  return impl_->files.rows();
}

void VectorSetWriter::add_captions(int64_t row, std::span<const std::string> captions) {
  impl_->files.add_captions(row, captions);
}

void VectorSetWriter::close() {
  impl_->files.close();
}

}  // namespace sightline
