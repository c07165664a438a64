// The options of `encode`, and the steps that runs with and without --shard share.
#pragma once

#include <sightline/encode.h>
#include <sightline/shards.h>
#include <sightline/vectors.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/stage.h"
#include "cache_options.h"
#include "locate.h"

namespace sightline::cli {

struct EncodeFlags {
  std::string model, dataset;
  std::filesystem::path texts, out;
  std::filesystem::path ids;  // with to_stdout: file of the row ids; may be empty
  bool to_stdout = false;     // `out` is a temporary file
  std::vector<std::filesystem::path> images;
  DatasetOptions dataset_options;
  ModelOptions model_options;
  EncodeOptions encode;
  CacheFlags cache;
  std::optional<ShardNumber> shard;
  bool force = false;
  bool raw = false, pull = false, quantize = false;
  bool as_json = false;
};

// The files that a run writes.
std::vector<std::filesystem::path> outputs_of(const EncodeFlags& options);
// Throws invalid_argument if an output would replace the input.
void refuse_inputs(const EncodeFlags& options, const std::filesystem::path& input);
// The data set or folder that the ids of images refer to.
VectorSource source_of(const EncodeFlags& options);
// Prints each as a warning.
void show_warnings(const std::vector<std::string>& warnings);
void add_quantized_vectors(const std::filesystem::path& npy);

// Loads the model; `inputs` are those that its precision may be chosen on.
template <typename Inputs>
ChosenModel load_encoder(const EncodeFlags& options, const ModelOptions& settings, Inputs& inputs) {
  const std::string path = locate_model(options.model, options.pull);
  const Stage stage(options.encode.progress, "loading " + path);
  return load_model(path, settings, inputs);
}

}  // namespace sightline::cli
