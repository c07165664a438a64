// Reads the captions in a cell of a table.
#pragma once

#include <string>
#include <vector>

#include "data/records.h"

namespace sightline {

// What an empty text means, and whether a text can be a list: in separated values every row has all
// columns and all cells are texts, so an empty cell has no caption, and ["one", "two"] is a list.
enum class CellTexts { as_written, separated_values };

// Appends the captions of the cell: its text, or the texts of its list. A null cell has none.
// Returns false if the cell contains neither a string nor a list of strings.
bool append_cell_captions(const Cell& cell, CellTexts texts, std::vector<std::string>& captions);

}  // namespace sightline
