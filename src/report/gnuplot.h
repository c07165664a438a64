// Runs gnuplot on a script.
#pragma once

#include <filesystem>
#include <string>

namespace sightline {

// Writes `script` to directory/name.gp and runs gnuplot on it in that directory, without the
// user's own settings. Throws unsupported where there is no gnuplot, io, internal with gnuplot's
// own message where it does not like the script.
void run_gnuplot(const std::filesystem::path& directory, const std::string& name,
                 const std::string& script);

}  // namespace sightline
