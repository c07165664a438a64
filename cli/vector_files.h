// The files beside a .npy of vectors: what each row is (.ids.jsonl), and what made it (.meta.json).
// docs/formats/vector_index.md describes them.
#pragma once

#include <sightline/model.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

namespace sightline::cli {

std::filesystem::path ids_path(std::filesystem::path npy);
std::filesystem::path meta_path(std::filesystem::path npy);

// Where vectors come from. Two vectors can be compared where the fingerprints are the same.
struct VectorOrigin {
  std::string model, fingerprint;
  std::string kind;           // "pictures" or "texts"
  std::string preprocessing;  // of pictures, in words
  std::string projection;     // of a pair's texts
  std::string backend, precision;
  bool unit_length = true;
  int64_t rows = 0, dim = 0;
};

void write_origin(const std::filesystem::path& npy, const VectorOrigin& origin);
// Nothing where there is no .meta.json. Throws invalid_data.
std::optional<VectorOrigin> read_origin(const std::filesystem::path& npy);

// The lines of .ids.jsonl for some rows, found without parsing the others. Throws not_found,
// invalid_data (fewer lines than rows, a line that is of another row).
std::map<int64_t, nlohmann::json> read_id_lines(const std::filesystem::path& npy, const std::set<int64_t>& rows);

}  // namespace sightline::cli
