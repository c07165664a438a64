// Runs gnuplot on a script.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace sightline {

// Writes `script` to directory/name.gp and runs gnuplot on it in that directory, ignoring the
// user's gnuplot configuration. Calls `waiting` ten times a second; if it throws, gnuplot is
// killed. Throws unsupported (gnuplot is not installed), io, and internal with the message of
// gnuplot if the script fails.
void run_gnuplot(const std::filesystem::path& directory, const std::string& name,
                 const std::string& script, const std::function<void()>& waiting = {});

}  // namespace sightline
