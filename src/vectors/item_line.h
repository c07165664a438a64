// Lines of NAME.ids.jsonl (docs/formats/vectors.md).
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace sightline::vectors {

// Ties the files of a set together, which are renamed one after the other and can be copied apart:
// NAME.ids.jsonl has the checksum of every row, NAME.meta.json that of row 0. 16 hexadecimal
// digits: the first of SHA-256 over the vector's bytes.
std::string vector_checksum(std::span<const float> vector);

// Identifies an image in shards: 32 hexadecimal digits, the first of its SHA-256.
std::string image_key(const Digest& digest);

// Reads the key back, padded with zeros, from the line of `row`, and the row's split, which may be
// empty. Throws invalid_data for the line of another row, and for one without a key.
std::pair<Digest, std::string> parse_image_key(std::string_view text, const std::string& where,
                                               int64_t row);

// One line of NAME.ids.jsonl, with its newline. `image`: image_key of the row in a shard whose rows
// may repeat an image; otherwise empty.
std::string item_line(const VectorItem& item, VectorKind kind, int64_t row,
                      std::span<const float> vector, const std::string& image = "");
// Returns the lines of rows 0, 1 … with further captions, which are given by row.
std::string with_captions(const std::string& lines,
                          const std::map<int64_t, std::vector<std::string>>& more);

// Parses the line of `row`. Throws invalid_data where it is of another row or another vector;
// `where` names the line.
VectorItem parse_item_line(std::string_view text, const std::string& where, int64_t row,
                           std::span<const float> vector);

}  // namespace sightline::vectors
