// Ctrl-C (SIGINT) and SIGTERM: a command stops at its next progress update, removes its temporary
// files, and says what was kept and how to continue. The exit code is 128 + the signal. SIGPIPE
// (the reader of the output has gone) ends it silently, after its temporary files are removed.
#pragma once

#include <functional>
#include <string>

namespace sightline::cli {

// Installs the signal handlers. Call once, before the work. If a command does not stop within a
// second (such as while a model is loaded), a thread removes the temporary files and ends the
// program. A second signal ends it at once. Signals that are ignored stay so.
void watch_for_interruption();

// What a command keeps, and how to continue: a sentence for the message, without a full stop.
void set_kept_when_interrupted(const std::string& sentence);
// Likewise; another thread may call it, when the message is printed.
void set_kept_when_interrupted(std::function<std::string()> sentence);

// Throws Error (cancelled) if a signal has arrived. `doing` is the stage, such as "encoding images,
// 64 of 887"; may be empty.
void stop_if_interrupted(const std::string& doing);

// From now on an interrupted command is given ten seconds to end, for a step that must not be torn.
void begin_short_step();

// Returns only if the program is not being ended because of a signal. Call it before an error is
// reported: the removal of temporary files may be its cause.
void wait_if_ending();

bool interrupted();
int interruption_exit_code();  // 130 or 143

}  // namespace sightline::cli
