#include "tune/vector_store.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/npy.h"

namespace sightline {
namespace {

constexpr size_t kMostElements = size_t{1} << 28;  // 1 GiB in memory

}  // namespace

VectorStore::VectorStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  if (!folder_.empty()) make_folder(folder_);
}

// A reference of an earlier get() may be in use only until the next one.
void VectorStore::make_room(size_t elements) {
  if (elements_ + elements <= kMostElements || folder_.empty()) return;
  matrices_.clear();
  elements_ = 0;
}

const Matrix& VectorStore::get(const std::string& key, const std::function<Matrix()>& compute) {
  const auto known = matrices_.find(key);
  if (known != matrices_.end()) return *known->second;
  const std::filesystem::path file =
      folder_.empty() ? ""
                      : folder_ / (to_hex(Sha256().update(key).digest()).substr(0, 32) + ".npy");
  auto matrix = std::make_unique<Matrix>();
  if (!file.empty() && file_status(file).type() == std::filesystem::file_type::regular) {
    const NpyArray array = read_npy(file);
    if (array.shape.size() != 2)
      throw Error(ErrorCode::invalid_data, "'", file.string(), "' has ", array.shape.size(),
                  " dimensions, expected 2; remove it");
    *matrix = Matrix(array.shape[0], array.shape[1]);
    std::ranges::copy(array.f32(), matrix->values.begin());
  } else {
    *matrix = compute();
    const int64_t shape[] = {matrix->rows, matrix->dim};
    if (!file.empty()) write_npy(file, std::span<const float>(matrix->values), shape);
  }
  make_room(matrix->values.size());
  elements_ += matrix->values.size();
  return *(matrices_[key] = std::move(matrix));
}

}  // namespace sightline
