#include <sightline/library.h>

#include "base/json.h"
#include "base/path_id.h"

namespace sightline {
namespace {

Json failures_json(const std::vector<SkippedRow>& failures) {
  Json out = Json::array();
  for (const SkippedRow& row : failures) out.push_back({{"id", row.id}, {"reason", row.reason}});
  return out;
}

Json model_json(const LibraryModel& model) {
  const Computation& computation = model.provenance.computation;
  return {{"id", model.id},
          {"name", model.name},
          {"spec", path_id(model.spec)},
          {"fingerprint", model.provenance.fingerprint},
          {"preprocessing", model.provenance.preprocessing},
          {"backend", backend_name(computation.backend)},
          {"device", device_name(computation.device)},
          {"precision", precision_name(computation.precision)},
          {"dim", model.dim},
          {"stored", model.stored == StoredVectors::fp32 ? "fp32" : "fp16"},
          {"active", model.active},
          {"vectors", model.vectors},
          {"dead", model.dead},
          {"segments", model.segments},
          {"size_bytes", model.size_bytes},
          {"missing", model.missing}};
}

}  // namespace

std::string index_json(const IndexSummary& summary) {
  return json_text(Json{{"files", summary.files},
                        {"unchanged", summary.unchanged},
                        {"moved", summary.moved},
                        {"added", summary.added},
                        {"updated", summary.updated},
                        {"removed", summary.removed},
                        {"encoded", summary.encoded},
                        {"reused", summary.reused},
                        {"failed", summary.failed},
                        {"seconds", summary.seconds},
                        {"failures", failures_json(summary.failures)},
                        {"warnings", summary.warnings}},
                   2);
}

std::string library_json(const LibraryInfo& info, const std::vector<LibraryFailure>& failures) {
  Json json = {{"path", path_id(info.path)},
               {"uuid", info.uuid},
               {"created", info.created},
               {"format_version", info.format_version},
               {"images", info.images},
               {"files", info.files},
               {"rows", info.rows},
               {"captions", info.captions},
               {"size_bytes", info.size_bytes},
               {"models", Json::array()},
               {"roots", Json::array()},
               {"data_sets", Json::array()},
               {"failures", Json::array()}};
  for (const LibraryModel& model : info.models) json["models"].push_back(model_json(model));
  for (const LibraryRoot& root : info.roots) {
    json["roots"].push_back({{"path", path_id(root.path)},
                             {"exclude", root.options.exclude},
                             {"include_hidden", root.options.include_hidden}});
  }
  for (const auto& path : info.datasets) json["data_sets"].push_back(path_id(path));
  for (const LibraryFailure& failure : failures) {
    json["failures"].push_back({{"id", failure.id},
                                {"reason", failure.reason},
                                {"attempts", failure.attempts},
                                {"failed", failure.failed},
                                {"retry", failure.retry}});
  }
  return json_text(json, 2);
}

std::string check_json(const LibraryCheck& check) {
  return json_text(Json{{"problems", check.problems},
                        {"further_problems", check.further_problems},
                        {"notes", check.notes},
                        {"segments", check.segments},
                        {"vectors", check.vectors},
                        {"items", check.items},
                        {"checked_bytes", check.checked_bytes}},
                   2);
}

std::string repair_json(const LibraryRepair& repair) {
  return json_text(Json{{"actions", repair.actions}}, 2);
}

}  // namespace sightline
