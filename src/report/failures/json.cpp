#include "report/failures/json.h"

#include <nlohmann/json.hpp>

#include "eval/failures/failures_json.h"
#include "report/failures/parts.h"
#include "report/json_parts.h"
#include "report/shown_examples.h"

namespace sightline {
namespace {

// Replaces the index of each hub by what it is.
template <typename Describe>
Json hubs_json(const std::optional<Hubness>& hubness, Describe describe) {
  Json out = hubness_json(hubness);
  if (!hubness) return out;
  out["mean"] = mean_occurrence(*hubness);
  Json hubs = Json::array();
  for (const Hub& hub : hubness->hubs) {
    Json one = describe(hub);
    one["count"] = hub.count;
    hubs.push_back(std::move(one));
  }
  out["hubs"] = std::move(hubs);
  return out;
}

Json hubs_of_model(const ExperimentResult& result, const ModelResult& model) {
  return {{"text_to_image", hubs_json(model.failures.image_hubs,
                                      [&](const Hub& hub) {
                                        const auto& row =
                                            result.rows[static_cast<size_t>(hub.candidate)];
                                        return Json{{"id", row.id}, {"captions", row.captions}};
                                      })},
          {"image_to_text", hubs_json(model.failures.caption_hubs, [&](const Hub& hub) {
             return Json{{"caption", caption_of(result, hub.candidate)}};
           })}};
}

Json value_json(const ChangedMetric& metric) {
  return {{"value", number_json(metric.value)}, {"interval", interval_json(metric.interval)}};
}

Json groups_json(const std::vector<GroupTable>& tables) {
  Json out = Json::array();
  for (const GroupTable& table : tables) {
    Json groups = Json::array();
    for (const GroupMetrics& group : table.groups) {
      groups.push_back({{"value", group.value},
                        {"images", group.images},
                        {"queries", group.queries},
                        {"small", group.images < kSmallGroup},
                        {"recall_at_1", value_json(group.recall_at_1)},
                        {"recall_at_5", value_json(group.recall_at_5)},
                        {"recall_at_10", value_json(group.recall_at_10)},
                        {"median_rank", value_json(group.median_rank)}});
    }
    out.push_back({{"column", table.column}, {"groups", std::move(groups)}});
  }
  return out;
}

Json attacks_json(const ExperimentResult& result, const std::optional<TypographicResult>& attacks) {
  Json out = typographic_json(attacks);
  if (!attacks) return out;
  for (Json& example : out["examples"]) {
    const auto row = example["row"].get<size_t>();
    example.erase("row");
    example["id"] = result.rows[row].id;
  }
  return out;
}

}  // namespace

Json failure_settings_json(const ExperimentResult& result) {
  Json out = failure_options_json(result.failures);
  out["query_bank"] = query_bank_json(result.bank);
  return out;
}

Json failure_report_json(const ExperimentResult& result, const ModelResult& model) {
  return {{"hubs", hubs_of_model(result, model)},
          {"corrections", correction_effects_json(model.failures.corrections)},
          {"groups", groups_json(model.failures.groups)},
          {"typographic", attacks_json(result, model.failures.typographic)}};
}

}  // namespace sightline
