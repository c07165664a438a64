#include "library/library_model.h"

#include <sightline/error.h>

#include "base/text.h"
#include "image/preprocess.h"

namespace sightline {

ModelOptions model_options_of(const LibraryModel& model, ModelOptions options) {
  const Computation& computation = model.provenance.computation;
  options.backend = computation.backend;
  options.device = computation.device;
  options.precision = computation.precision;
  const DescribedProfiles profiles = described_profiles(model.provenance.preprocessing);
  options.orientation = profiles.orientation;
  options.decode = profiles.decode;
  return options;
}

namespace library {

ModelRecord model_record(const VectorProvenance& provenance, const std::string& spec, int64_t dim,
                         StoredVectors stored) {
  ModelRecord out;
  out.name = provenance.model;
  out.spec = spec;
  out.fingerprint = provenance.fingerprint;
  out.preprocessing = provenance.preprocessing;
  out.backend = backend_name(provenance.computation.backend);
  out.device = device_name(provenance.computation.device);
  out.precision = precision_name(provenance.computation.precision);
  out.dim = dim;
  out.element = stored == StoredVectors::fp32 ? ElementType::f32 : ElementType::f16;
  return out;
}

ModelRecord model_record(const Model& model, const std::string& spec, StoredVectors stored) {
  return model_record(sightline::provenance_of(model, VectorKind::images), spec,
                      model.info().embedding_dim, stored);
}

bool same_vectors(const ModelRecord& a, const ModelRecord& b) {
  return a.fingerprint == b.fingerprint && a.preprocessing == b.preprocessing &&
         a.backend == b.backend && a.device == b.device && a.precision == b.precision;
}

VectorProvenance provenance_of(const ModelRecord& model) {
  VectorProvenance out;
  out.model = model.name;
  out.fingerprint = model.fingerprint;
  out.kind = VectorKind::images;
  out.preprocessing = model.preprocessing;
  try {
    out.computation = {parse_backend(model.backend), parse_device(model.device),
                       parse_precision(model.precision)};
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_data, "the catalogue is damaged: ", error.what());
  }
  return out;
}

LibraryModel library_model(const ModelRecord& model, bool active) {
  LibraryModel out;
  out.name = model.name;
  out.spec = model.spec;
  out.provenance = provenance_of(model);
  out.dim = model.dim;
  out.stored = model.element == ElementType::f32 ? StoredVectors::fp32 : StoredVectors::fp16;
  out.active = active;
  return out;
}

ModelRecord find_model(std::span<const ModelRecord> models, int64_t active, const std::string& name,
                       const std::filesystem::path& folder) {
  std::string names;
  for (const ModelRecord& model : models) {
    const bool named = model.name == name || model.spec == name || model.fingerprint == name;
    if (name.empty() ? model.id == active : named) return model;
    names += (names.empty() ? "" : ", ") + model.name;
  }
  if (names.empty())
    throw Error(ErrorCode::not_found, "the library ", quoted(folder), " has no vectors yet");
  throw Error(ErrorCode::not_found, "the library ", quoted(folder), " has no ",
              name.empty() ? "active model" : "vectors of the model '" + printable(name) + "'",
              "; it has those of: ", names);
}

}  // namespace library
}  // namespace sightline
