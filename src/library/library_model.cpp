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
  options.resize = profiles.resize;
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
  out.id = model.id;
  out.name = model.name;
  out.spec = model.spec;
  out.provenance = provenance_of(model);
  out.dim = model.dim;
  out.stored = model.element == ElementType::f32 ? StoredVectors::fp32 : StoredVectors::fp16;
  out.active = active;
  return out;
}

namespace {

// "3: emoji-vit-8 int8"
std::string listed(std::span<const ModelRecord> models) {
  std::string out;
  for (const ModelRecord& model : models)
    out += message(out.empty() ? "" : ", ", model.id, ": ", model.name, " ", model.precision);
  return out;
}

std::vector<ModelRecord> models_named(std::span<const ModelRecord> models,
                                      const std::string& name) {
  std::vector<ModelRecord> out;
  for (const ModelRecord& model : models) {
    if (std::to_string(model.id) == name) return {model};
    if (model.name == name || model.spec == name || model.fingerprint == name) out.push_back(model);
  }
  return out;
}

[[noreturn]] void throw_no_model(std::span<const ModelRecord> models, const std::string& name,
                                 const std::filesystem::path& folder) {
  if (models.empty())
    throw Error(ErrorCode::not_found, "the library ", quoted(folder), " has no vectors yet");
  throw Error(ErrorCode::not_found, "the library ", quoted(folder), " has no ",
              name.empty() ? "active model" : "vectors of the model '" + printable(name) + "'",
              "; it has those of ", listed(models));
}

}  // namespace

ModelRecord find_model(std::span<const ModelRecord> models, int64_t active, const std::string& name,
                       const std::filesystem::path& folder) {
  std::vector<ModelRecord> found = models_named(models, name);
  if (name.empty()) found.assign(models.begin(), models.end());
  for (const ModelRecord& model : found) {
    if (model.id == active) return model;
  }
  if (name.empty() || found.empty()) throw_no_model(models, name, folder);
  return found.front();
}

ModelRecord find_one_model(std::span<const ModelRecord> models, const std::string& name,
                           const std::filesystem::path& folder) {
  const std::vector<ModelRecord> found = models_named(models, name);
  if (found.empty()) throw_no_model(models, name, folder);
  if (found.size() > 1) {
    throw Error(ErrorCode::invalid_argument, "'", printable(name),
                "' names several models of the library ", quoted(folder), " (", listed(found),
                "): use the number");
  }
  return found.front();
}

}  // namespace library
}  // namespace sightline
