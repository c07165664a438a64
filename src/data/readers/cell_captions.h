// Reads the captions in a cell of a table.
#pragma once

#include <string>
#include <vector>

#include "data/records.h"

namespace sightline {

// The meaning of texts in cells. In separated values every row has all columns and all cells are
// texts: an empty cell is no caption, and ["one", "two"] is a list.
enum class CellTexts { as_written, separated_values };

// Appends the captions of the cell: its text, or the texts of its list. A null cell has none.
// Returns false if the cell contains neither a string nor a list of strings.
bool append_cell_captions(const Cell& cell, CellTexts texts, std::vector<std::string>& captions);

}  // namespace sightline
