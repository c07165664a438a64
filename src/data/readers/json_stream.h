// Reads a large JSON document piece by piece. COCO's captions are tens of megabytes, and a parsed
// document takes ten times its size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sightline {

struct JsonPiece {
  std::string key;     // the root object's member; "" if the root is an array
  int64_t index = -1;  // index in the member's array; -1 if the member is not an array
};

// Called for each piece; returns false to stop reading.
using JsonPieceFn = std::function<bool(const JsonPiece& piece, nlohmann::json& value)>;

// Reads a document whose root is an object or an array. A piece is an element of the root array, an
// element of an array that is a member of the root object, or any other member of the root object
// as a whole, as is a member that is an empty array. Memory: one piece, which may contain at most
// kMaxPieceValues values. NaN and Infinity are read as null.
// Throws not_found, io, limit_exceeded; invalid_data if the file is not JSON or not UTF-8, its root
// is neither an object nor an array, or it is nested deeper than kMaxJsonDepth. Pieces before the
// error have been passed to `visit`.
void read_json_pieces(const std::filesystem::path& file, const JsonPieceFn& visit);

inline constexpr int64_t kMaxPieceValues = 1 << 20;

}  // namespace sightline
