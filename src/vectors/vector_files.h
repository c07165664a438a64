// The files of a vector set: one .npy file, a folder of numbered parts, or clip-retrieval's folder
// (docs/formats/vectors.md).
#pragma once

#include <sightline/vectors.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline::vectors {

struct VectorFiles {
  std::vector<std::filesystem::path> arrays;  // .npy, in row order; at least one
  // One per array: the Parquet file with a row for each vector; empty if there is none.
  std::vector<std::filesystem::path> tables;
  std::optional<VectorKind> kind;     // from the folder's name: img_emb, text_emb
  std::vector<std::string> warnings;  // one sentence each
};

// Finds the files of the set that `path` names. `kind`: which of img_emb and text_emb to take;
// empty: images if there are any. Throws not_found, invalid_argument (a folder with arrays that do
// not form one set).
VectorFiles find_vector_files(const std::filesystem::path& path, std::optional<VectorKind> kind);

}  // namespace sightline::vectors
