#include <sightline/verify.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace sightline {
namespace {

const char* status_name(StageStatus status) {
  switch (status) {
    case StageStatus::passed:
      return "passed";
    case StageStatus::failed:
      return "failed";
    case StageStatus::skipped:
      return "skipped";
  }
  return "";
}

// JSON has no infinity, so infinite and NaN errors are written as text.
Json number(const std::optional<double>& value) {
  if (!value) return nullptr;
  if (!std::isfinite(*value)) return "infinity";
  return *value;
}

Json stage_json(const VerifyStage& stage) {
  Json json = {
      {"name", stage.name}, {"reference", stage.reference}, {"status", status_name(stage.status)}};
  if (stage.status != StageStatus::skipped) {
    json["checked"] = stage.checked;
    json["wrong"] = stage.wrong;
    json["largest_error"] = number(stage.largest_error);
    json["tolerance"] = stage.tolerance;
    json["unit"] = stage.unit;
    json["smallest_cosine"] = number(stage.smallest_cosine);
  }
  json["detail"] = stage.detail;
  return json;
}

}  // namespace

std::string certificate_json(const Certificate& certificate) {
  const ModelInfo& info = certificate.model;
  Json stages = Json::array();
  for (const VerifyStage& stage : certificate.stages) stages.push_back(stage_json(stage));
  const Json json = {
      {"format", "sightline-certificate"},
      {"schema_version", 1},
      {"time", certificate.time},
      {"passed", !certificate.failed()},
      {"complete", certificate.complete()},
      {"model",
       {{"name", info.name},
        {"family", info.family},
        {"fingerprint", info.fingerprint},
        {"parameters", info.parameters}}},
      {"preprocessing", certificate.preprocessing},
      {"backend", backend_name(certificate.computation.backend)},
      {"device", device_name(certificate.computation.device)},
      {"precision", precision_name(certificate.computation.precision)},
      {"build", {{"version", certificate.version}, {"compiler", certificate.compiler}}},
      {"machine",
       {{"processor", certificate.processor},
        {"architecture", certificate.architecture},
        {"features", certificate.features},
        {"threads", certificate.threads},
        {"system", certificate.system}}},
      {"stages", stages}};
  return json_text(json, 2) + "\n";
}

}  // namespace sightline
