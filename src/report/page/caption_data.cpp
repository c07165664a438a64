#include "report/page/caption_data.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "base/json.h"
#include "report/metric_format.h"
#include "report/page/document.h"
#include "report/shown_examples.h"

namespace sightline {
namespace {

using Value = std::function<const std::string&(const ExperimentRow&)>;

Json column_json(const ExperimentResult& result, const std::string& name, const Value& value) {
  std::unordered_map<std::string, size_t> index;
  Json values = Json::array(), of = Json::array();
  for (const ExperimentRow& row : result.rows) {
    const auto [at, added] = index.try_emplace(value(row), index.size());
    if (added) values.push_back(at->first);
    of.push_back(at->second);
  }
  return {{"name", name}, {"values", std::move(values)}, {"of", std::move(of)}};
}

Json columns_json(const ExperimentResult& result) {
  static const std::string kNone;
  Json columns = Json::array();
  const bool splits =
      std::ranges::any_of(result.rows, [](const ExperimentRow& row) { return !row.split.empty(); });
  if (splits) {
    columns.push_back(column_json(
        result, "split", [](const ExperimentRow& row) -> const std::string& { return row.split; }));
  }
  for (size_t c = 0; c < result.columns.size(); ++c) {
    columns.push_back(
        column_json(result, result.columns[c], [c](const ExperimentRow& row) -> const std::string& {
          return c < row.fields.size() ? row.fields[c] : kNone;
        }));
  }
  return columns;
}

Json similarities_json(const RetrievalRanks& ranks) {
  constexpr double kUnits = 1e4;
  Json values = Json::array();
  for (const double similarity : ranks.own_similarity) {
    values.push_back(std::isfinite(similarity) ? Json(std::llround(similarity * kUnits))
                                               : Json(nullptr));
  }
  return values;
}

}  // namespace

std::string caption_data(const ExperimentResult& result, const PageImages& images) {
  Json models = Json::array(), ids = Json::array(), captions = Json::array(), ranks = Json::array(),
       equivalent = Json::array(), image_ranks = Json::array(), similarity = Json::array(),
       thumbnails = Json::array();
  for (const ModelResult& model : result.models) {
    models.push_back(model.label);
    ranks.push_back(model.ranks.text_rank);
    equivalent.push_back(model.ranks.text_rank_equivalent);
    image_ranks.push_back(model.ranks.image_rank);
    similarity.push_back(similarities_json(model.ranks));
  }
  for (const ExperimentRow& row : result.rows) ids.push_back(row.id);
  for (size_t t = 0; t < result.text_row.size(); ++t) {
    captions.push_back(caption_of(result, static_cast<int64_t>(t)));
  }
  for (const auto& [row, unused] : images.jpegs) {
    if (row < static_cast<int64_t>(result.rows.size())) thumbnails.push_back(row);
  }
  return script_json(
      Json{{"k", result.top_k},
           {"candidates", result.rows.size()},
           {"models", std::move(models)},
           {"ids", std::move(ids)},
           {"columns", columns_json(result)},
           {"rows", result.text_row},
           {"captions", std::move(captions)},
           {"ranks", std::move(ranks)},
           {"equivalent", captions_repeat(result) ? std::move(equivalent) : Json(nullptr)},
           {"image_ranks", std::move(image_ranks)},
           {"similarity", std::move(similarity)},
           {"thumbnails", std::move(thumbnails)}});
}

}  // namespace sightline
