#include <sightline/error.h>
#include <sightline/vectors.h>

namespace sightline {

std::string_view vector_kind_name(VectorKind kind) {
  return kind == VectorKind::images ? "images" : "texts";
}

VectorProvenance provenance_of(const Model& model, VectorKind kind, bool unit_length) {
  const ModelInfo& info = model.info();
  VectorProvenance provenance;
  provenance.model = info.name;
  provenance.fingerprint = info.fingerprint;
  provenance.kind = kind;
  if (kind == VectorKind::images) {
    provenance.preprocessing = model.preprocess().describe();
  } else {
    model.tokenizer();  // throws where there is no text tower
    provenance.projection = info.projection;
  }
  provenance.computation = model.computation();
  provenance.unit_length = unit_length;
  return provenance;
}

ProvenanceMatch match_provenance(const VectorProvenance& a, const VectorProvenance& b) {
  return {a.fingerprint == b.fingerprint, a.preprocessing == b.preprocessing,
          a.computation == b.computation};
}

void require_model(const VectorProvenance& provenance, const ModelInfo& model,
                   const std::string& where) {
  constexpr size_t kShown = 12;  // of a fingerprint
  if (provenance.fingerprint == model.fingerprint) return;
  throw Error(ErrorCode::invalid_argument, where, " was made by the model '", provenance.model,
              "' (fingerprint ", provenance.fingerprint.substr(0, kShown), "), not by '",
              model.name, "' (", model.fingerprint.substr(0, kShown), ")");
}

}  // namespace sightline
