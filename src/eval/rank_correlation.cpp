// Whether data sets agree on the order of the models.
#include <sightline/error.h>
#include <sightline/overview.h>

#include <cmath>
#include <utility>

namespace sightline {

// tau-b = (concordant - discordant) / sqrt((pairs - ties in a) (pairs - ties in b)); Kendall 1945.
RankCorrelation kendall_tau(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) {
    throw Error(ErrorCode::invalid_argument, "a rank correlation needs lists of one length, found ",
                a.size(), " and ", b.size());
  }
  RankCorrelation out;
  out.models = static_cast<int64_t>(a.size());
  int64_t differ_a = 0, differ_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = i + 1; j < a.size(); ++j) {
      differ_a += a[i] != a[j];
      differ_b += b[i] != b[j];
      if (a[i] == a[j] || b[i] == b[j]) continue;
      ++((a[i] < a[j]) == (b[i] < b[j]) ? out.concordant : out.discordant);
    }
  }
  // NaN where all values of a list are equal.
  out.tau = static_cast<double>(out.concordant - out.discordant) /
            std::sqrt(static_cast<double>(differ_a) * static_cast<double>(differ_b));
  return out;
}

std::vector<RankCorrelation> rank_correlations(const Overview& overview) {
  std::vector<std::pair<std::string, std::vector<double>>> values;
  for (const DatasetResult& dataset : overview.datasets) {
    values.push_back({dataset.name, {}});
    for (const ModelResult& model : dataset.result.models)
      values.back().second.push_back(model.metrics.text_to_image.recall_at_1);
  }
  for (const ClassifiedDataset& dataset : overview.classified) {
    values.push_back({dataset.name, {}});
    for (const ClassifiedModel& model : dataset.result.models)
      values.back().second.push_back(
          model.values[static_cast<size_t>(main_metric(dataset.result))]);
  }
  std::vector<RankCorrelation> correlations;
  if (values.empty() || values.front().second.size() < 2) return correlations;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size(); ++j) {
      RankCorrelation one = kendall_tau(values[i].second, values[j].second);
      one.a = values[i].first;
      one.b = values[j].first;
      correlations.push_back(std::move(one));
    }
  }
  return correlations;
}

}  // namespace sightline
