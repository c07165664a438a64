#include "open_collection.h"

#include <sightline/error.h>

#include <utility>

#include "base/stage.h"
#include "encode/dual_encoder.h"
#include "library_options.h"
#include "locate.h"

namespace sightline::cli {
namespace {

Model load_query_model(const SearchFlags& options, const std::string& spec, ModelOptions settings) {
  settings.load_image_tower = options.has_image();
  settings.load_text_tower = options.has_text();
  settings.digest_cache = cache_root(options.flags.cache).value_or("");
  const std::string path = locate_model(spec, options.flags.pull);
  const Stage stage(options.input.encode.progress, "loading " + path);
  return Model::load(path, settings);
}

Opened open_vectors(const SearchFlags& options) {
  std::unique_ptr<Collection> collection;
  {
    const Stage stage(options.input.encode.progress, "reading the vectors");
    collection = open_vector_collection(options.vectors);
  }
  const auto& provenance = collection->provenance();
  if (!options.grid.empty() && provenance && provenance->kind == VectorKind::texts) {
    throw Error(ErrorCode::invalid_argument, "--grid draws images, but '", options.vectors.string(),
                "' has vectors of texts");
  }
  if (options.model.empty()) return {std::nullopt, std::nullopt, std::move(collection)};
  Model model = load_query_model(options, options.model,
                                 query_model_options(*collection, options.input.model));
  return {std::nullopt, std::move(model), std::move(collection)};
}

// Of the model that --model names, without its weights in memory.
std::string fingerprint_of(const SearchFlags& options) {
  ModelOptions settings = options.input.model;
  settings.precision = Precision::fp32;
  settings.load_image_tower = settings.load_text_tower = false;
  settings.digest_cache = cache_root(options.flags.cache).value_or("");
  return Model::load(locate_model(options.model, options.flags.pull), settings).info().fingerprint;
}

bool has_model(const Library& library, const std::string& name) {
  try {
    library.model(name);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found || name.empty()) throw;
    return false;
  }
}

// Of a library, --model names one of its models, or a copy of one that is elsewhere; without it,
// the active one is used.
Opened open_library(const SearchFlags& options) {
  Library library(library_folder(options.library));
  const bool encodes = options.has_text() || options.has_image();
  if (!options.model.empty() && encodes && !has_model(library, options.model)) {
    auto collection = library.collection(fingerprint_of(options));
    Model model = load_query_model(options, options.model,
                                   query_model_options(*collection, options.input.model));
    return {std::move(library), std::move(model), std::move(collection)};
  }
  auto collection = library.collection(options.model);
  if (!encodes) return {std::move(library), std::nullopt, std::move(collection)};
  Model model = load_query_model(options, library.model(options.model).spec,
                                 query_model_options(*collection, options.input.model));
  return {std::move(library), std::move(model), std::move(collection)};
}

// The model is loaded for the first data set, on which a precision of `auto` is chosen.
Opened open_dataset_images(SearchFlags& options, const std::vector<DatasetInput>& inputs) {
  ModelOptions settings = options.input.model;
  const FusionOptions& fusion = options.configuration.fusion;
  settings.load_text_tower = options.has_text() || fusion.active();
  const ProgressFn& progress = options.input.encode.progress;
  std::vector<RowReader> rows;
  for (const DatasetInput& input : inputs) {
    const Stage stage(progress, "listing the images");
    rows.emplace_back(input);
  }
  const std::string path = locate_model(options.model, options.flags.pull);
  ChosenModel chosen = [&] {
    const Stage stage(progress, "loading " + path);
    return load_model(path, settings, rows.front());
  }();
  if (settings.load_text_tower) require_both_towers(chosen.model.info(), path);
  const EncodeOptions& encode = options.input.encode;
  std::vector<EncodedDataset> encoded;
  for (size_t d = 0; d < inputs.size(); ++d) {
    encoded.push_back(encode_dataset(rows[d], inputs[d], chosen.model, encode,
                                     d == 0 && chosen.choice ? chosen.choice->text() : ""));
    fuse_texts(encoded.back(), chosen.model, fusion, encode);
  }
  return {std::nullopt, std::move(chosen.model), dataset_collection(std::move(encoded))};
}

}  // namespace

Opened open_collection(SearchFlags& options) {
  if (!options.vectors.empty()) return open_vectors(options);
  if (options.flags.datasets.empty()) return open_library(options);
  return open_dataset_images(options, complete_inputs(options.input, options.flags));
}

}  // namespace sightline::cli
