// Names that distinguish several data sets in hits and reports.
#pragma once

#include <sightline/rows.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns one name per data set that is also a valid file name: the name of its folder or file, or
// of its repository on the Hub, at most 200 bytes of it. Equal names, and those equal to one of
// `reserved`, are numbered: "emoji-2". Throws invalid_argument if two inputs have the same path, or
// are a folder and its metadata file.
std::vector<std::string> dataset_names(std::span<const DatasetInput> inputs,
                                       std::span<const std::string> reserved = {});

}  // namespace sightline
