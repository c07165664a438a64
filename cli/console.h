// Terminal output: progress with rate and remaining time, tables, warnings. Results go to stdout,
// everything else to stderr.
#pragma once

#include <sightline/progress.h>
#include <sightline/rows.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::cli {

enum class ProgressUnit { items, bytes };
// Returns a function that draws progress on stderr, unless stderr is not a terminal, or `quiet`. It
// throws Error (cancelled) after a signal (interruption.h).
ProgressFn console_progress(bool quiet = false, ProgressUnit unit = ProgressUnit::items);

// Pads columns to their widest cell, in terminal columns. A column whose name begins with '>' is
// right-aligned.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

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
