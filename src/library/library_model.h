// The models of a catalogue, as the public header describes them.
#pragma once

#include <sightline/library.h>

#include <span>
#include <string>
#include <vector>

#include "library/catalogue/records.h"

namespace sightline::library {

// Throws unsupported if the model has no image tower.
ModelRecord model_record(const Model& model, const std::string& spec, StoredVectors stored);
// Of vectors that `provenance` describes.
ModelRecord model_record(const VectorProvenance& provenance, const std::string& spec, int64_t dim,
                         StoredVectors stored);

// Whether vectors of both are comparable and equal to the last bit for equal images.
bool same_vectors(const ModelRecord& a, const ModelRecord& b);

// Throws invalid_data if the record has an unknown backend, device or precision.
VectorProvenance provenance_of(const ModelRecord& model);

// Without the counts.
LibraryModel library_model(const ModelRecord& model, bool active);

// The model with this name, spec or fingerprint; if `name` is empty, the one with the id `active`.
// Throws not_found, naming the models that there are. `folder`: of the library, for messages.
ModelRecord find_model(std::span<const ModelRecord> models, int64_t active, const std::string& name,
                       const std::filesystem::path& folder);

}  // namespace sightline::library
