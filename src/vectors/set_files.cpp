#include "vectors/set_files.h"

#include <sightline/error.h>

#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "base/finite.h"
#include "base/temporary_path.h"
#include "vectors/item_line.h"

namespace sightline::vectors {

SetFiles::SetFiles(const std::filesystem::path& npy, Description description)
    : npy_(npy), description_(std::move(description)), rows_(npy, description_.dim) {
  for (const auto& path : {ids_path(npy), provenance_path(npy)}) remove_leftovers(path);
}

void SetFiles::add(std::span<const float> vector, const VectorItem& item,
                   const std::string& image) {
  const int64_t row = rows();
  if (static_cast<int64_t>(vector.size()) != description_.dim) {
    throw Error(ErrorCode::invalid_argument, "row ", row, " ('", item.id, "') has ", vector.size(),
                " elements, '", npy_.string(), "' has vectors of ", description_.dim);
  }
  if (!all_finite(vector)) {
    throw Error(ErrorCode::invalid_data, "row ", row, " ('", item.id,
                "') has a NaN or an infinity: '", npy_.string(), "' is not written");
  }
  if (row == 0) description_.first_checksum = vector_checksum(vector);
  lines_ += item_line(item, description_.provenance.kind, row, vector, image);
  rows_.append(vector);
  if (description_.shard) elements_.update(bytes_of(vector));
}

void SetFiles::add_captions(int64_t row, std::span<const std::string> captions) {
  if (row < 0 || row >= rows()) {
    throw Error(ErrorCode::invalid_argument, "there is no row ", row, " to add captions to, only ",
                rows(), " rows");
  }
  if (captions.empty()) return;
  auto& more = more_captions_[row];
  more.insert(more.end(), captions.begin(), captions.end());
}

void SetFiles::close() {
  description_.rows = rows();
  if (!more_captions_.empty()) lines_ = with_captions(lines_, more_captions_);
  if (description_.shard) {
    description_.shard->elements = to_hex(elements_.digest());
    description_.shard->ids = to_hex(sha256(bytes_of(lines_)));
  }
  write_file_atomic(ids_path(npy_), lines_);
  write_description(npy_, description_);
  rows_.close();
}

}  // namespace sightline::vectors
