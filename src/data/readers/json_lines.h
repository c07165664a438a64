// JSON lines, one record at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "data/records.h"

namespace sightline {

// Opens a file with one JSON object per line; empty lines are skipped. Source:
// https://jsonlines.org
std::unique_ptr<RecordReader> open_json_lines(const std::filesystem::path& file);

}  // namespace sightline
