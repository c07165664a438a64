#include "data/metadata_file.h"

#include <algorithm>
#include <array>
#include <system_error>

namespace sightline {
namespace {

constexpr std::array<const char*, 3> kNames = {"metadata.jsonl", "metadata.csv",
                                               "metadata.parquet"};

}  // namespace

std::filesystem::path metadata_file_in(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const char* name : kNames) {
    if (std::filesystem::is_regular_file(folder / name, ignored)) return folder / name;
  }
  return {};
}

bool is_metadata_name(const std::filesystem::path& name) {
  return std::ranges::any_of(kNames, [&](const char* known) { return name == known; });
}

}  // namespace sightline
