// Advice on tables in a folder that was read as a plain folder of images.
#pragma once

#include <filesystem>
#include <string>

namespace sightline {

// Returns "; it holds 'x.csv': pass that file to read its captions" if the folder holds a file with
// the extension of a table of captions, else "". Of several files, the first by name is given.
std::string advice_on_tables(const std::filesystem::path& folder);

}  // namespace sightline
