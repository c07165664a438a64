// Progress on standard error.
#pragma once

#include <sightline/progress.h>

#include <string>

namespace sightline::cli {

enum class ProgressUnit { items, bytes };

// Returns a function that reports progress with rate, elapsed and remaining time. On a terminal it
// redraws one line; a stage of unknown length appears after a second. Otherwise it prints a line
// every 30 seconds (SIGHTLINE_PROGRESS_INTERVAL: other seconds; 0: never). Events are always
// printed; nothing if `quiet`, or after set_json_output(true). It throws Error (cancelled) after a
// signal (interruption.h).
ProgressFn console_progress(bool quiet = false, ProgressUnit unit = ProgressUnit::items);

// Whether the command prints JSON. Standard error then has only warnings and errors.
void set_json_output(bool json);

// Prints a sentence about what the command is about to do, where progress is printed.
void progress_note(const std::string& text);

// Ends the line being drawn, if there is one, before another message is printed.
void end_progress_line();

}  // namespace sightline::cli
