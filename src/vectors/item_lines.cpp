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

std::pair<int64_t, size_t> ItemLines::nearest(int64_t row, const FileIdentity& file) const {
  const std::scoped_lock lock(mutex_);
  if (file_ != file) {
    file_ = file;
    offsets_ = {0};
  }
  const int64_t stride = std::min(row / kStride, static_cast<int64_t>(offsets_.size()) - 1);
  return {stride * kStride, offsets_[static_cast<size_t>(stride)]};
}

void ItemLines::remember(int64_t row, size_t offset, const FileIdentity& file) const {
  const std::scoped_lock lock(mutex_);
  // Another call may have added it, or have met another file.
  if (file_ == file && row == static_cast<int64_t>(offsets_.size()) * kStride)
    offsets_.push_back(offset);
}

int64_t ItemLines::passed_lines() const {
  const std::scoped_lock lock(mutex_);
  return passed_;
}

std::vector<VectorItem> ItemLines::read(std::span<const int64_t> rows,
                                        const VectorIndex& index) const {
  const MappedFile file(path_);
  const std::string where = quoted(path_);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  std::vector<VectorItem> out;
  Lines lines(text);
  std::string_view line;
  int64_t row = -1;  // of `line`
  int64_t passed = 0;
  for (const int64_t wanted : rows) {
    if (const auto [known, offset] = nearest(wanted, file.identity()); known > row) {
      lines = Lines(text.substr(offset));
      row = known - 1;
    }
    for (; row < wanted; ++passed) {
      ++row;
      if (row % kStride == 0) remember(row, text.size() - lines.rest().size(), file.identity());
      const auto next = lines.next();
      if (!next) {
        throw Error(ErrorCode::invalid_data, where, " has ", row, " lines, expected one for row ",
                    rows.back());
      }
      line = *next;
    }
    out.push_back(parse_item_line(line, message(where, ", line ", row + 1), row, index.row(row)));
  }
  const std::scoped_lock lock(mutex_);
  passed_ += passed;
  return out;
}

}  // namespace sightline::vectors
