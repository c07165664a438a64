#include <sightline/deployment.h>

namespace sightline {

double query_ms(const DeploymentRow& row) {
  return row.text_ms + row.search_ms;
}

double hours_per_million(const DeploymentRow& row) {
  return 1e6 / row.images_per_second / 3600;
}

std::optional<double> cost_per_million(const Deployment& deployment, const DeploymentRow& row) {
  if (!deployment.price_per_hour) return std::nullopt;
  return hours_per_million(row) * *deployment.price_per_hour;
}

}  // namespace sightline
