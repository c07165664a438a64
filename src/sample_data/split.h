// The splits of the sample data sets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// test: single rows, chosen at random. novel: rows without near relatives in `train`.
enum class Split { train, test, novel };
std::string_view split_name(Split split);

// Returns the indices 0..keys.size() - 1 in the order of SHA-256(salt + key). The order of two
// items depends only on their keys, so that few rows change their split when others are added.
std::vector<size_t> hash_order(const std::vector<std::string>& keys, std::string_view salt);

}  // namespace sightline
