// A large JSON document piece by piece: COCO's captions are tens of megabytes, and as one value in
// memory they take ten times that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sightline {

struct JsonPiece {
  std::string key;     // of the member of the root object; "" where the root is an array
  int64_t index = -1;  // in the member's array; -1 where the member is no array
};

// Takes one piece; false ends the reading.
using JsonPieceFn = std::function<bool(const JsonPiece& piece, nlohmann::json& value)>;

// Reads a document whose root is an object or an array. Each element of the root, or of each
// member of the root that is an array, comes as a value of its own; other members come whole. An
// empty array comes as nothing. Memory: one piece, which may have at most kMaxPieceValues values.
// Throws not_found, io; invalid_data where it is not JSON, not UTF-8, no object or array, nested
// deeper than kMaxJsonDepth; limit_exceeded. What was read before has been given to `take`.
void read_json_pieces(const std::filesystem::path& file, const JsonPieceFn& take);

inline constexpr int64_t kMaxPieceValues = 1 << 20;

}  // namespace sightline
