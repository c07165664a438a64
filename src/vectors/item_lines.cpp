#include "vectors/item_lines.h"

#include <sightline/error.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "vectors/item_line.h"

namespace sightline::vectors {

std::optional<std::string_view> Lines::next() {
  if (rest_.empty()) return std::nullopt;
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  return line;
}

std::vector<VectorItem> read_item_lines(const std::filesystem::path& path,
                                        std::span<const int64_t> rows, const VectorIndex& index) {
  std::vector<VectorItem> out;
  const MappedFile file(path);
  const std::string where = quoted(path);
  Lines lines({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
  for (int64_t row = 0; out.size() < rows.size(); ++row) {
    const auto line = lines.next();
    if (!line) {
      throw Error(ErrorCode::invalid_data, where, " has ", row, " lines, expected one for row ",
                  rows.back());
    }
    while (out.size() < rows.size() && rows[out.size()] == row) {
      out.push_back(
          parse_item_line(*line, message(where, ", line ", row + 1), row, index.row(row)));
    }
  }
  return out;
}

}  // namespace sightline::vectors
