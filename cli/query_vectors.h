// sightline query --vectors: texts against vectors that `sightline encode` wrote.
#pragma once

#include <sightline/index.h>
#include <sightline/model.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sightline::cli {

struct VectorQuery {
  std::filesystem::path vectors;  // .npy
  std::string model;              // located
  std::vector<std::string> texts;
  int top_k = 5;
  ScanType scan = ScanType::best;
  ModelOptions model_options;   // an empty precision: the one that the vectors were made in
  std::filesystem::path cache;  // where digests of weights are remembered; empty: nowhere
  std::filesystem::path grid;   // a PNG; empty: none
  bool as_json = false;
};

// Prints the hits. Returns the exit code. Throws what loading and searching throw, and
// invalid_argument where the vectors are not of this model.
int query_vectors(const VectorQuery& options);

}  // namespace sightline::cli
