// Checks of the data sets that `sightline dataset` makes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {

// Expects each file in the folder `a` to have the same bytes in `b`. Returns the number of files.
inline size_t expect_equal_files(const std::filesystem::path& a, const std::filesystem::path& b) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(a)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::filesystem::path name = entry.path().lexically_relative(a);
    EXPECT_EQ(read_bytes(entry.path()), read_bytes(b / name)) << name;
  }
  return files;
}

// Expects `dataset info` to decode every image.
inline void expect_no_broken_rows(const std::filesystem::path& dataset) {
  const auto info = sightline({"dataset", "info", dataset.string(), "--decode", "--json"});
  ASSERT_EQ(info.exit_code, 0) << info.err;
  EXPECT_EQ(parse_json(info.out)["broken_rows"], 0);
}

}  // namespace sightline::testing
