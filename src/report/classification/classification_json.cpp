// Writes the results.json of a classification (docs/formats/classification.md).
#include <sightline/report.h>
#include <sightline/version.h>

#include "report/classification/parts.h"
#include "report/deployment/deployment_json.h"
#include "report/json_parts.h"
#include "report/report_folder.h"
#include "report/run_json.h"

namespace sightline {
namespace {

constexpr int kSchemaVersion = 1;

const std::string& label_of(const ClassificationResult& result, int model) {
  return result.models[static_cast<size_t>(model)].label;
}

Json class_values_json(const ClassificationResult& result, const ClassifiedModel& model) {
  if (result.multilabel) {
    Json json = Json::array();
    for (size_t c = 0; c < result.classes.size(); ++c)
      json.push_back({{"class", result.classes[c].name},
                      {"average_precision", number_json(model.average_precision[c])}});
    return json;
  }
  const std::vector<Confusion> wrong = confusions(result, model);
  Json json = Json::array();
  for (size_t c = 0; c < result.classes.size(); ++c) {
    Json confused = nullptr;
    if (wrong[c].images > 0)
      confused = {{"class", result.classes[static_cast<size_t>(wrong[c].image_class)].name},
                  {"images", wrong[c].images}};
    json.push_back({{"class", result.classes[c].name},
                    {"recall", number_json(model.class_recall[c])},
                    {"most_confused", std::move(confused)}});
  }
  return json;
}

Json model_json(const ClassificationResult& result, const ClassifiedModel& model) {
  const EncodeCounts& c = model.counts;
  return {{"label", model.label},
          {"name", model.info.name},
          {"family", text_or_null(model.info.family)},
          {"fingerprint", text_or_null(model.info.fingerprint)},
          {"embedding_dim", model.info.embedding_dim},
          {"parameters", model.info.parameters},
          {"preprocess", model.preprocess},
          {"backend", backend_name(model.computation.backend)},
          {"device", device_name(model.computation.device)},
          {"precision", precision_name(model.computation.precision)},
          {"precision_choice", text_or_null(model.precision_choice)},
          {"encoding",
           {{"encoded_images", c.encoded_images},
            {"cached_images", c.cached_images},
            {"encoded_texts", c.encoded_texts},
            {"cached_texts", c.cached_texts},
            {"seconds", number_json(c.seconds)}}},
          {"metrics", class_metrics_json(result, model)},
          {"classes", class_values_json(result, model)}};
}

Json comparisons_json(const ClassificationResult& result) {
  Json json = Json::array();
  for (const ClassComparison& c : result.comparisons) {
    Json comparison = {{"metric", class_metric_name(c.metric)}};
    append_comparison(comparison, c, label_of(result, c.a), label_of(result, c.b));
    json.push_back(std::move(comparison));
  }
  return json;
}

// Without tests, no model is supported as best.
Json best_models_json(const ClassificationResult& result) {
  Json json = Json::object();
  if (result.comparisons.empty()) return json;
  for (const ClassMetric metric : class_metrics(result)) {
    Json labels = Json::array();
    for (const int m : best_models(result, metric)) labels.push_back(label_of(result, m));
    json[class_metric_name(metric)] = std::move(labels);
  }
  return json;
}

Json classes_json(const ClassificationResult& result) {
  Json json = Json::array();
  for (const ImageClass& one : result.classes)
    json.push_back({{"name", one.name},
                    {"label", text_or_null(one.label)},
                    {"images", one.images},
                    {"prompts", one.prompts}});
  return json;
}

}  // namespace

std::string classification_json(const ClassificationResult& result, const RunInfo& run,
                                const std::optional<Deployment>& deployment) {
  Json models = Json::array(), definitions = Json::object(), skipped = Json::array();
  for (const ClassifiedModel& model : result.models) models.push_back(model_json(result, model));
  for (const auto& [name, text] : class_definitions(result)) definitions[name] = text;
  for (const SkippedRow& skip : result.skipped)
    skipped.push_back({{"id", skip.id}, {"reason", skip.reason}});
  const StatisticsOptions& s = result.statistics;
  const Json json = {{"format", kClassificationFormat},
                     {"schema_version", kSchemaVersion},
                     {"sightline", kVersion},
                     {"run", run_json(run)},
                     {"dataset",
                      {{"path", result.dataset.string()},
                       {"format", result.dataset_format},
                       {"splits", result.splits},
                       {"labels", result.label_column},
                       {"multilabel", result.multilabel},
                       {"images", result.images.size()},
                       {"skipped", result.skipped.size()}}},
                     {"definitions", std::move(definitions)},
                     {"templates", result.templates},
                     {"classes", classes_json(result)},
                     {"statistics",
                      {{"unit", "image"},
                       {"resamples", s.resamples},
                       {"confidence", s.confidence},
                       {"permutations", s.permutations},
                       {"significance_level", kSignificanceLevel},
                       {"seed", s.seed}}},
                     {"chance", class_chance_json(result)},
                     {"models", std::move(models)},
                     {"comparisons", comparisons_json(result)},
                     {"best_models", best_models_json(result)},
                     {"deployment", deployment_json(deployment)},
                     {"skipped", std::move(skipped)},
                     {"warnings", result.warnings}};
  return json_text(json, 2) + "\n";
}

}  // namespace sightline
