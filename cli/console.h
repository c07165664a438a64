// The terminal: progress with rate and time left, tables, warnings. Results go to stdout,
// everything else to stderr.
#pragma once

#include <sightline/progress.h>
#include <sightline/rows.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::cli {

enum class ProgressUnit { items, bytes };
// Draws on stderr when that is a terminal, and is silent when it is not (or when `quiet`).
ProgressFn console_progress(bool quiet = false, ProgressUnit unit = ProgressUnit::items);

// Columns padded to their widest cell (by terminal width, so that wide characters line up);
// a column whose name begins with '>' is right-aligned.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

// The same text without what would break a line or talk to the terminal: line ends, tabs and other
// control characters as \n, \t, \x1b.
std::string one_line(const std::string& text);

// one_line, and what goes beyond some 80 characters as "…".
std::string heading(const std::string& text);

void warn(const std::string& message);  // "sightline: warning: …" on stderr

// Lists what was skipped on stderr (all of it), with a closing count.
void report_skipped(const std::vector<SkippedRow>& skipped);

// "12.3", with that many decimals.
std::string fixed(double value, int decimals);

}  // namespace sightline::cli
