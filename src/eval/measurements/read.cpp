// Reads measurements.json.
#include <sightline/error.h>
#include <sightline/measurements.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"
#include "eval/failures/failures_json.h"
#include "eval/measure_retrieval.h"
#include "eval/measurements/format.h"
#include "eval/uncertainty.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr int64_t kMaxBytes = int64_t{4} << 30;

double number(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::optional<Interval> interval(const json& value) {
  if (value.is_null()) return std::nullopt;
  return Interval{number(value.at(0)), number(value.at(1))};
}

// Returns value as an index below `size`.
int64_t index(const json& value, size_t size, const char* what) {
  const auto i = value.get<int64_t>();
  if (i < 0 || static_cast<size_t>(i) >= size) {
    throw Error(ErrorCode::invalid_data, what, " ", i, " is not one of ", size);
  }
  return i;
}

// Returns the array `name`, which must have `size` elements.
template <typename T>
std::vector<T> array(const json& value, const char* name, size_t size) {
  auto out = value.at(name).get<std::vector<T>>();
  if (out.size() != size) {
    throw Error(ErrorCode::invalid_data, "'", name, "' has ", out.size(), " elements, expected ",
                size);
  }
  return out;
}

std::vector<Hit> read_hits(const json& value, size_t rows) {
  std::vector<Hit> hits;
  for (const json& hit : value)
    hits.push_back({index(hit.at(0), rows, "the row of a hit"), number(hit.at(1))});
  return hits;
}

ModelInfo read_info(const json& value) {
  ModelInfo info;
  info.name = value.at("name");
  info.family = value.at("family");
  info.layout = value.at("layout");
  info.fingerprint = value.at("fingerprint");
  info.embedding_dim = value.at("embedding_dim");
  info.parameters = value.at("parameters");
  info.image_size = value.at("image_size");
  info.patch_size = value.at("patch_size");
  info.context_length = value.at("context_length");
  info.logit_scale = value.at("logit_scale");
  const auto bias = value.find("logit_bias");  // absent in older files
  if (bias != value.end() && !bias->is_null()) info.logit_bias = bias->get<float>();
  info.activation = value.at("activation");
  info.projection = value.at("projection");
  if (!value.at("seed").is_null()) info.seed = value.at("seed").get<uint64_t>();
  info.warnings = value.at("warnings").get<std::vector<std::string>>();
  return info;
}

QueryGains read_gains(const json& value, size_t queries) {
  return {array<double>(value, "average_precision", queries),
          array<double>(value, "ndcg_at_10", queries)};
}

RetrievalRanks read_ranks(const json& value, size_t texts, size_t images) {
  RetrievalRanks ranks;
  ranks.own_similarity = array<double>(value, "own_similarity", texts);
  ranks.text_rank = array<int64_t>(value, "text_rank", texts);
  ranks.text_gains = read_gains(value.at("text_gains"), texts);
  ranks.image_rank = array<int64_t>(value, "image_rank", images);
  ranks.image_gains = read_gains(value.at("image_gains"), images);
  ranks.text_rank_equivalent = ranks.text_rank;
  ranks.text_gains_equivalent = ranks.text_gains;
  ranks.image_rank_equivalent = ranks.image_rank;
  ranks.image_gains_equivalent = ranks.image_gains;
  if (value.contains("text_rank_equivalent")) {
    ranks.text_rank_equivalent = array<int64_t>(value, "text_rank_equivalent", texts);
    ranks.text_gains_equivalent = read_gains(value.at("text_gains_equivalent"), texts);
    ranks.image_rank_equivalent = array<int64_t>(value, "image_rank_equivalent", images);
    ranks.image_gains_equivalent = read_gains(value.at("image_gains_equivalent"), images);
  }
  return ranks;
}

NoiseMetric read_noise_metric(const json& value) {
  return {number(value.at("value")), number(value.at("lost")), interval(value.at("interval")),
          interval(value.at("lost_interval"))};
}

NoisePoint read_noise_point(const json& value) {
  NoisePoint point;
  point.kind = parse_noise_kind(value.at("kind").get<std::string>());
  point.strength = value.at("strength");
  point.accuracy = read_noise_metric(value.at("accuracy"));
  point.recall_at_1 = read_noise_metric(value.at("recall_at_1"));
  point.recall_at_5 = read_noise_metric(value.at("recall_at_5"));
  point.mean_reciprocal_rank = read_noise_metric(value.at("mean_reciprocal_rank"));
  return point;
}

std::optional<Robustness> read_robustness(const json& value) {
  if (value.is_null()) return std::nullopt;
  Robustness r;
  r.queries = value.at("queries");
  r.images = value.at("images");
  r.candidates = value.at("candidates");
  r.encoded_texts = value.at("encoded_texts");
  r.cached_texts = value.at("cached_texts");
  r.seconds = number(value.at("seconds"));
  r.clean = read_noise_point(value.at("clean"));
  for (const json& point : value.at("points")) r.points.push_back(read_noise_point(point));
  return r;
}

ModelResult read_model(const json& value, const ExperimentResult& result) {
  ModelResult model;
  model.label = value.at("label");
  model.info = read_info(value.at("info"));
  model.preprocess = value.at("preprocess");
  model.computation = {parse_backend(value.at("backend").get<std::string>()),
                       parse_device(value.at("device").get<std::string>()),
                       parse_precision(value.at("precision").get<std::string>())};
  model.precision_choice = value.at("precision_choice");
  const json& counts = value.at("counts");
  model.counts = {counts.at("encoded_images"), counts.at("cached_images"),
                  counts.at("encoded_texts"), counts.at("cached_texts"),
                  number(counts.at("seconds"))};
  model.ranks = read_ranks(value.at("ranks"), result.text_row.size(), result.rows.size());
  for (const json& query : value.at("queries"))
    model.queries.push_back({query.at("text"), read_hits(query.at("hits"), result.rows.size())});
  for (const json& e : value.at("examples")) {
    model.examples.push_back({static_cast<ExampleKind>(index(e.at("kind"), 3, "the kind")),
                              index(e.at("text"), result.text_row.size(), "text"), e.at("rank"),
                              number(e.at("similarity")),
                              read_hits(e.at("hits"), result.rows.size())});
  }
  model.robustness = read_robustness(value.at("robustness"));
  // Versions before the failure report did not write it.
  if (value.contains("failures"))
    model.failures =
        read_failures(value.at("failures"), result.rows.size(), result.text_row.size());
  return model;
}

void read_settings(const json& value, ExperimentResult& result) {
  result.top_k = value.at("top_k");
  result.caption_choice = value.at("captions") == "all" ? CaptionChoice::all : CaptionChoice::first;
  const json& noise = value.at("noise");
  for (const json& kind : noise.at("kinds"))
    result.noise.kinds.push_back(parse_noise_kind(kind.get<std::string>()));
  result.noise.strengths = noise.at("strengths").get<std::vector<double>>();
  result.noise.seed = noise.at("seed");
  result.noise.max_captions = noise.at("max_captions");
  const json& s = value.at("statistics");
  result.failures.hub_k = 0;  // measured before there was a failure report
  if (value.contains("failures")) result.failures = read_failure_options(value.at("failures"));
  result.statistics = {s.at("resamples"), s.at("confidence"), s.at("permutations"), s.at("seed")};
}

void read_rows(const json& value, ExperimentResult& result) {
  for (const json& row : value.at("rows")) {
    result.rows.push_back({row.at("id"), row.at("split"),
                           row.at("captions").get<std::vector<std::string>>(),
                           array<std::string>(row, "fields", result.columns.size())});
  }
  for (const json& text : value.at("texts")) {
    const int64_t row = index(text.at(0), result.rows.size(), "the row of a text");
    result.text_row.push_back(row);
    result.text_caption.push_back(
        index(text.at(1), result.rows[static_cast<size_t>(row)].captions.size(), "caption"));
  }
}

ExperimentResult read(const json& value) {
  if (value.at("format") != measurements::kFormat ||
      value.at("version") != measurements::kVersion) {
    throw Error(ErrorCode::invalid_data, "expected format '", measurements::kFormat, "', version ",
                measurements::kVersion);
  }
  ExperimentResult result;
  const json& dataset = value.at("dataset");
  result.dataset = path_of_id(dataset.at("path").get<std::string>());
  result.dataset_format = dataset.at("format");
  result.splits = dataset.at("splits").get<std::vector<std::string>>();
  result.columns = dataset.at("columns").get<std::vector<std::string>>();
  result.repeated_rows = dataset.at("repeated_rows");
  read_settings(value.at("settings"), result);
  if (value.contains("query_bank")) result.bank = read_query_bank(value.at("query_bank"));
  check_statistics(result.statistics);
  for (const json& row : value.at("skipped"))
    result.skipped.push_back({row.at("id"), row.at("reason")});
  result.warnings = value.at("warnings").get<std::vector<std::string>>();
  read_rows(value, result);
  for (const json& model : value.at("models")) result.models.push_back(read_model(model, result));
  return result;
}

}  // namespace

ExperimentResult read_measurements(const std::filesystem::path& path, const ProgressFn& progress) {
  const json value = parse_json(read_text_file(path, kMaxBytes), path.string());
  const auto fail = [&](const char* reason) {
    throw Error(ErrorCode::invalid_data, quoted(path), " does not hold measurements: ", reason);
  };
  try {
    ExperimentResult result = read(value);
    for (ModelResult& model : result.models) summarize_model(result, model);
    add_statistics(result, progress);
    return result;
  } catch (const json::exception& problem) {
    fail(problem.what());
  } catch (const Error& problem) {
    if (problem.code() == ErrorCode::cancelled) throw;
    fail(problem.what());
  }
  return {};
}

}  // namespace sightline
