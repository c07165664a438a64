// Reads NAME.ids.jsonl (docs/formats/vectors.md).
#pragma once

#include <sightline/index.h>
#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"

namespace sightline::vectors {

// Iterates over the lines of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next();
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// The file of a set. Remembers the offset of one line in kStride, so that a set that is read in
// portions is searched for line ends once. A file that was replaced is read anew. Thread-safe.
class ItemLines {
 public:
  static constexpr int64_t kStride = 256;

  explicit ItemLines(std::filesystem::path path) : path_(std::move(path)) {}

  // Returns the items of these rows, ascending. Throws invalid_data for a line that belongs to
  // another row or another vector of `index`, and for a file with fewer lines; not_found, io.
  std::vector<VectorItem> read(std::span<const int64_t> rows, const VectorIndex& index) const;

  // Lines that all calls have passed or read.
  int64_t passed_lines() const;

 private:
  // Returns the row and the offset of the nearest known line at or before that of `row`.
  std::pair<int64_t, size_t> nearest(int64_t row, const FileIdentity& file) const;
  // Adds the offset of a line whose row is a multiple of kStride.
  void remember(int64_t row, size_t offset, const FileIdentity& file) const;

  std::filesystem::path path_;
  mutable std::mutex mutex_;
  mutable FileIdentity file_;            // to which `offsets_` belong
  mutable std::vector<size_t> offsets_;  // of the lines of rows 0, kStride, 2 * kStride …
  mutable int64_t passed_ = 0;
};

}  // namespace sightline::vectors
