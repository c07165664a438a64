// Specifications of a pair: two single towers as one model (docs/formats/pair.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sightline {

// Whether an untrained layer maps the texts' vectors to the images' dimensions.
enum class PairProjection {
  automatic,  // where the dimensions differ; otherwise the towers share a space
  linear,     // always
  none,       // never: both towers must have the same embedding dimension
};

// What pair.json says about a text model that is not part of the pair's files.
struct TextModelOrigin {
  std::string name;     // for messages: "sentence-transformers/all-MiniLM-L6-v2"
  std::string digest;   // CheckpointScan::digest of its weights, hex; empty: not checked
  std::string command;  // fetches it to the path `text`; may be empty
};

struct PairSpec {
  std::filesystem::path text, image;  // the models of the text tower and of the image tower
  uint64_t seed = 0;                  // of the untrained layer
  PairProjection projection = PairProjection::automatic;  // linear where a seed was given
  std::optional<TextModelOrigin> text_model;              // pair.json only
};

// "text=PATH,image=PATH[,seed=N][,projection=auto|linear|none]", parts in any order. A path may
// contain commas that are not followed by one of the keys. Returns nothing where `spec` does not
// begin with a key, or where a file or folder of that name exists. Throws invalid_argument where a
// part is missing, given twice, or wrong.
std::optional<PairSpec> parse_pair_spec(const std::string& spec);

inline constexpr const char* kPairFile = "pair.json";
// Its key for the copied files of a trained text tower, which only training reads.
inline constexpr const char* kTextFilesKey = "text_files";

// The content of DIRECTORY/pair.json; relative paths in it start at the directory. Throws
// not_found, invalid_data (the key, expected and found), unsupported (another format).
PairSpec read_pair_file(const std::filesystem::path& directory);

// The pair that `model` specifies in either way; nothing where it is not a pair.
std::optional<PairSpec> find_pair(const std::filesystem::path& model);

}  // namespace sightline
