// Test helpers that read a whole data set.
#pragma once

#include <sightline/dataset.h>
#include <sightline/error.h>

#include <optional>
#include <string>
#include <vector>

namespace sightline::testing {

inline std::vector<Row> read_all(Dataset& dataset) {
  std::vector<Row> rows;
  while (auto row = dataset.next()) rows.push_back(std::move(*row));
  return rows;
}
inline std::vector<Row> read_all(const std::filesystem::path& path,
                                 const DatasetOptions& options = {}) {
  return read_all(*open_dataset(path, options));
}
inline std::vector<std::string> ids(const std::vector<Row>& rows) {
  std::vector<std::string> found;
  for (const auto& row : rows) found.push_back(row.id);
  return found;
}
inline std::string text(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

// Returns the Error that `work` throws; nothing if it throws none.
template <typename Work>
std::optional<Error> error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace sightline::testing
