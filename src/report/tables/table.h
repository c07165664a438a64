// A table of a report that is written as CSV and as LaTeX.
#pragma once

#include <string>
#include <vector>

namespace sightline {

enum class Mark { none, best, group };  // see best_models()

struct TableCell {
  std::vector<std::string> fields;  // CSV: one per TableColumn::names
  std::string text;                 // LaTeX, not yet escaped
  std::string interval = {};        // LaTeX: printed below `text`
  Mark mark = Mark::none;
};

struct TableColumn {
  std::vector<std::string> names;  // CSV: the header of each field
  std::string title;               // LaTeX; empty: the column is only in the CSV file
  bool words = false;              // left-aligned, not a number
};

struct Table {
  std::string name;   // base name of the files
  std::string title;  // of the LaTeX file, in a comment
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;
  std::vector<std::vector<TableCell>> reference = {};  // after `rows`; LaTeX: below a rule
  std::vector<std::string> notes = {};  // LaTeX: one line each, below the table; not escaped
};

// A cell of words, the same in both formats.
inline TableCell word_cell(const std::string& text) {
  return {.fields = {text}, .text = text};
}

}  // namespace sightline
