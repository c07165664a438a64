// Terminal output: tables and warnings. Results go to stdout,
// everything else to stderr.
#pragma once

#include <sightline/rows.h>

#include <string>
#include <vector>

namespace sightline::cli {

// Pads columns to their widest cell, in terminal columns. A column whose name begins with '>' is
// right-aligned. One whose name begins with '~' is shortened in the middle of its cells if the
// table is wider than the terminal or, without one, than 100 columns.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

// The columns that a table may take: those of the terminal, at least 100.
size_t table_width();

// The columns that a text takes on a terminal.
size_t display_width(const std::string& text);

// Escapes line breaks, tabs and other control characters as \n, \t, \x1b, so that the text stays on
// one line and cannot control the terminal.
std::string one_line(const std::string& text);

// Returns one_line(text), truncated with "…" after 80 characters.
std::string heading(const std::string& text);

void warn(const std::string& message);  // "sightline: warning: …" on stderr

// Lists all skipped rows, and their number, on stderr.
void report_skipped(const std::vector<SkippedRow>& skipped);

// Formats a number with `decimals` decimals: "12.3".
std::string fixed(double value, int decimals);

}  // namespace sightline::cli
