// Files that say which text belongs to which image (docs/formats/relevance.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// A line: an id or row number of a text, and of an image that it belongs to.
struct RelevanceLine {
  std::string text, image;
  int64_t line = 0;  // from 1
};

// Reads qrels of TREC, a table (CSV or TSV), or JSON lines, whichever the first line is. Lines with
// a relevance of 0 or less are left out. Throws not_found, io, limit_exceeded, invalid_data.
std::vector<RelevanceLine> read_relevance_file(const std::filesystem::path& file);

// The rows that a column of a relevance file names. ids: one per row, or empty if rows have no ids.
// All names are ids if every one is an id, otherwise all are row numbers from 0. `what` ("text",
// "image") and `where` (the set's quoted path) are for messages. Throws invalid_data, naming the
// line of `file`.
std::vector<int64_t> rows_of_names(std::span<const RelevanceLine> lines,
                                   std::string RelevanceLine::*column,
                                   std::span<const std::string> ids, int64_t rows,
                                   const std::string& what, const std::string& where,
                                   const std::filesystem::path& file);

}  // namespace sightline
