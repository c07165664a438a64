// An in-memory index of the images and captions that a metadata file lists. It is needed because
// the captions of an image may appear anywhere in the file. The images are read one at a time,
// later.
#pragma once

#include <sightline/dataset.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Stores image names, captions and other columns in one string, plus about 40 bytes per row and 24
// bytes per caption.
class CaptionIndex {
 public:
  struct Entry {
    std::string path;  // the image's name in the metadata; the id of a broken row
    std::vector<std::string> captions;
    std::map<std::string, std::string> extra;
    std::string problem;  // why the row is broken; else ""
  };

  // Append a row and return its index.
  size_t add_image(std::string_view path, const std::map<std::string, std::string>& extra = {});
  size_t add_broken(std::string_view id, std::string_view problem);
  void add_caption(size_t row, std::string_view caption);

  size_t size() const { return rows_.size(); }
  Entry at(size_t row) const;
  std::string_view path(size_t row) const { return view(rows_[row].path); }
  bool broken(size_t row) const { return rows_[row].problem.size > 0; }
  // Returns an extra column of the row, or "" if the row does not have it.
  std::string_view extra(size_t row, std::string_view column) const;
  // Returns the sorted names of all extra columns.
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
    uint64_t cells = 0;  // index of the first extra column
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
