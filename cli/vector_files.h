// The files beside a .npy of vectors: what each row is (.ids.jsonl), and what made it (.meta.json).
// docs/formats/vector_index.md describes them.
#pragma once

#include <sightline/index.h>
#include <sightline/model.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace sightline::cli {

std::filesystem::path ids_path(std::filesystem::path npy);
std::filesystem::path meta_path(std::filesystem::path npy);

// The files of a set are renamed one after the other, so that after a killed process, or a copy of
// only some, they can be of two runs. This ties them together at no cost: .ids.jsonl has it of
// every row, .meta.json of the first, as what it says holds of all rows alike. 16 hexadecimal
// digits: the first of SHA-256 over the numbers.
std::string vector_check(std::span<const float> vector);

// Where vectors come from. Two vectors can be compared where the fingerprints are the same.
struct VectorOrigin {
  std::string model, fingerprint;
  std::string kind;           // "images" or "texts"
  std::string preprocessing;  // of images, in words
  std::string projection;     // of a pair's texts
  Computation computation;
  bool unit_length = true;
  int64_t rows = 0, dim = 0;
  std::string first_check;  // vector_check of row 0; empty in files of before
};

void write_origin(const std::filesystem::path& npy, const VectorOrigin& origin);
// Nothing where there is no .meta.json. Throws invalid_data.
std::optional<VectorOrigin> read_origin(const std::filesystem::path& npy);

// The lines of .ids.jsonl for some rows, found without parsing the others. Throws not_found,
// invalid_data (fewer lines than rows, a line that is of another row, or of another vector than
// `index` has in that row).
std::map<int64_t, nlohmann::json> read_id_lines(const std::filesystem::path& npy,
                                                const VectorIndex& index,
                                                const std::set<int64_t>& rows);

}  // namespace sightline::cli
