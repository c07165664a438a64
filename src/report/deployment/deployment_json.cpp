#include "report/deployment/deployment_json.h"

#include "report/json_parts.h"

namespace sightline {

Json deployment_json(const std::optional<Deployment>& deployment) {
  if (!deployment) return nullptr;
  const Deployment& d = *deployment;
  Json models = Json::array();
  for (const DeploymentRow& row : d.rows) {
    const std::optional<double> cost = cost_per_million(d, row);
    models.push_back({{"label", row.label},
                      {"backend", backend_name(row.computation.backend)},
                      {"device", device_name(row.computation.device)},
                      {"precision", precision_name(row.computation.precision)},
                      {"images_per_second", number_json(row.images_per_second)},
                      {"text_ms", number_json(row.text_ms)},
                      {"search_ms", number_json(row.search_ms)},
                      {"query_ms", number_json(query_ms(row))},
                      {"peak_memory_bytes", row.peak_memory_bytes},
                      {"bytes_per_image", row.bytes_per_image},
                      {"hours_per_million_images", number_json(hours_per_million(row))},
                      {"cost_per_million_images", cost ? number_json(*cost) : Json(nullptr)}});
  }
  return {{"processor", d.processor},
          {"threads", d.threads},
          {"rounds", d.rounds},
          {"batch", d.batch},
          {"images", {{"count", d.images}, {"mean_bytes", number_json(d.mean_image_bytes)}}},
          {"search_images", d.search_rows},
          {"price_per_hour", d.price_per_hour ? Json(*d.price_per_hour) : Json(nullptr)},
          {"currency", d.price_per_hour ? Json(d.currency) : Json(nullptr)},
          {"models", std::move(models)}};
}

}  // namespace sightline
