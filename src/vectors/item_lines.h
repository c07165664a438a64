// Reads NAME.ids.jsonl (docs/formats/vectors.md).
#pragma once

#include <sightline/index.h>
#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sightline::vectors {

// Iterates over the lines of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next();

 private:
  std::string_view rest_;
};

// Returns the items of these rows, ascending. Throws invalid_data for a line that belongs to
// another row or another vector of `index`, and for a file with fewer lines.
std::vector<VectorItem> read_item_lines(const std::filesystem::path& path,
                                        std::span<const int64_t> rows, const VectorIndex& index);

}  // namespace sightline::vectors
