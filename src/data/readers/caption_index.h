// Images and captions as a metadata file lists them, held in memory: the captions of an image
// may stand anywhere in the file. The images themselves are read one at a time.
#pragma once

#include <sightline/dataset.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Names of images, captions and other columns in one block of text, with about 40 bytes a row and
// 24 a caption beside it.
class CaptionIndex {
 public:
  struct Entry {
    std::string path;  // as the metadata names the image; of a broken row, its id
    std::vector<std::string> captions;
    std::map<std::string, std::string> extra;
    std::string problem;  // why the row is broken, or ""
  };

  // Each returns the new row's number.
  size_t add_image(std::string_view path, const std::map<std::string, std::string>& extra = {});
  size_t add_broken(std::string_view id, std::string_view problem);
  void add_caption(size_t row, std::string_view caption);
  // The row becomes a broken one; its captions are dropped.
  void break_row(size_t row, std::string_view problem);

  size_t size() const { return rows_.size(); }
  Entry at(size_t row) const;
  std::string_view path(size_t row) const { return view(rows_[row].path); }
  bool broken(size_t row) const { return rows_[row].problem.size > 0; }
  // Of the row's extra columns, "" where it is not there.
  std::string_view extra(size_t row, std::string_view column) const;
  // Names of all extra columns, sorted.
  std::vector<std::string> extra_columns() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Span {
    uint64_t begin = 0;
    uint32_t size = 0;
  };
  struct Cell {
    uint32_t column = 0;
    Span text;
  };
  struct Caption {
    Span text;
    uint32_t next = kNone;
  };
  struct Row {
    Span path, problem;
    uint64_t cells = 0;  // the first of its extra columns
    uint32_t cell_count = 0;
    uint32_t first_caption = kNone, last_caption = kNone;
  };

  Span keep(std::string_view text);
  std::string_view view(const Span& span) const { return {text_.data() + span.begin, span.size}; }
  size_t add_row(Row row);

  std::string text_;
  std::vector<Row> rows_;
  std::vector<Caption> captions_;
  std::vector<Cell> cells_;
  std::map<std::string, uint32_t, std::less<>> columns_;
  std::vector<std::string> column_names_;
};

}  // namespace sightline
