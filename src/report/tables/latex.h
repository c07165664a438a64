// Tables as LaTeX.
#pragma once

#include <string>
#include <string_view>

#include "report/tables/table.h"

namespace sightline {

// Returns the table as a LaTeX tabular for the package booktabs, without a float and a caption.
std::string latex_text(const Table& table);

// Escapes the characters that LaTeX interprets, and replaces dashes, arrows and the ellipsis by
// commands. Other characters outside ASCII remain: pdfLaTeX knows those of Latin scripts, XeLaTeX
// and LuaLaTeX those of the font.
std::string latex_escaped(std::string_view text);

}  // namespace sightline
