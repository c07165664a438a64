// Two single towers named as one model (docs/formats/pair.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sightline {

struct PairSpec {
  std::filesystem::path text,
      image;               // models; the text tower of one, the image tower of the other
  uint64_t seed = 0;       // of the untrained layer
  bool projection = true;  // false: none, both towers must give vectors of one length
};

// "text=PATH,image=PATH[,seed=N][,projection=linear|none]", parts in any order. A path may hold
// commas, unless what follows one looks like the next part. Nothing where `spec` does not begin
// with one of these keys, or where a file or folder of that very name exists. Throws
// invalid_argument where it begins so but a part is missing, given twice, or wrong.
std::optional<PairSpec> parse_pair_spec(const std::string& spec);

inline constexpr const char* kPairFile = "pair.json";

// The content of DIRECTORY/pair.json; relative paths in it start at the directory. Throws
// not_found, invalid_data (the key, expected and found), unsupported (another format).
PairSpec read_pair_file(const std::filesystem::path& directory);

// The pair that `model` names in either way, or nothing where it is something else.
std::optional<PairSpec> find_pair(const std::filesystem::path& model);

}  // namespace sightline
