#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/overview.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/stage.h"
#include "base/text.h"
#include "eval/experiment.h"
#include "search/dataset_names.h"

namespace sightline {
namespace {

constexpr const char* kChecking = "checking the data sets";

// Adds the name of the data set to the names of stages.
ProgressFn with_dataset(const ProgressFn& progress, const std::string& name) {
  if (!progress) return {};
  return [progress, name](const ProgressUpdate& update) {
    ProgressUpdate named = update;
    named.stage += ", " + name;
    progress(named);
  };
}

DatasetResult measure(const OverviewOptions& options, size_t index, const std::string& name) {
  ExperimentOptions experiment = options.experiment;
  experiment.input.dataset = options.datasets[index];
  if (experiment.trec) experiment.trec->directory /= name;
  const ProgressFn progress = experiment.input.encode.progress;
  experiment.input.encode.progress = with_dataset(progress, name);
  DatasetResult measured{name, experiment.input, run_experiment(experiment)};
  measured.input.encode.progress = progress;
  return measured;
}

ClassifiedDataset classify(const OverviewOptions& options, size_t index, const std::string& name) {
  ClassificationOptions classification;
  classification.input = options.experiment.input;
  classification.input.dataset = options.datasets[index];
  classification.models = options.experiment.models;
  classification.precisions = options.experiment.precisions;
  classification.statistics = options.experiment.statistics;
  classification.task = options.classified.at(index);
  const ProgressFn progress = classification.input.encode.progress;
  classification.input.encode.progress = with_dataset(progress, name);
  ClassifiedDataset measured{name, classification.input, run_classification(classification)};
  measured.input.encode.progress = progress;
  return measured;
}

// Reads up to the first row that can be evaluated. Throws what the experiment would throw if there
// is none.
void require_usable_row(const DatasetInput& input, const ProgressFn& progress) {
  RowReader rows(input);
  ExperimentResult read;
  read.dataset = input.path;
  read.dataset_format = rows.format();
  for (int64_t done = 0; std::optional<Row> row = rows.next(); ++done) {
    if (progress && done % 64 == 0) progress({kChecking, done, -1, "", ""});
    if (row->error) {
      read.skipped.push_back({row->id, *row->error});
    } else if (std::ranges::all_of(row->captions, is_blank)) {
      read.rows.push_back({row->id, row->split, {}});
    } else {
      try {
        decode_image(row->image, row->id);
        return;
      } catch (const Error& error) {
        read.skipped.push_back({row->id, error.what()});
      }
    }
  }
  throw_no_caption(read);
}

// Gives hits and parts the names of the data sets in the overview.
void set_names(SearchResult& result, const std::vector<std::string>& names) {
  std::map<std::string, std::string> renamed = {{"", names.front()}};
  for (size_t p = 0; p < result.parts.size(); ++p) {
    renamed[result.parts[p].name] = names[p];
    result.parts[p].name = names[p];
  }
  for (QueryHits& query : result.queries) {
    for (SearchHit& hit : query.hits) hit.item.dataset = renamed.at(hit.item.dataset);
  }
  if (!result.encoding) return;
  for (SkippedRow& row : result.encoding->skipped) row.dataset = renamed.at(row.dataset);
}

ModelSearch search_all(const EvaluationInput& settings, const std::filesystem::path& path,
                       Precision precision, const std::string& label,
                       const std::vector<DatasetInput>& inputs, const std::vector<Query>& queries,
                       int k) {
  const ProgressFn& progress = settings.encode.progress;
  const Model model = [&] {
    const Stage stage(progress, "loading " + path.string());
    ModelOptions options = settings.model;
    options.precision = precision;
    return Model::load(path, options);
  }();
  const auto collection = open_dataset_collection(inputs, model, settings.encode);
  const Stage stage(progress, "searching");
  return {label, search_collection(*collection, model, queries, {.k = k})};
}

// Precisions of the models on the first data set.
std::vector<Precision> precisions_of(const Overview& overview) {
  std::vector<Precision> precisions;
  if (!overview.datasets.empty()) {
    for (const ModelResult& model : overview.datasets.front().result.models)
      precisions.push_back(model.computation.precision);
  } else {
    for (const ClassifiedModel& model : overview.classified.front().result.models)
      precisions.push_back(model.computation.precision);
  }
  return precisions;
}

std::vector<ModelSearch> search_all(const OverviewOptions& options, const Overview& overview) {
  std::vector<Query> queries;
  for (const std::string& text : options.experiment.queries) queries.push_back(text_query(text));
  std::vector<DatasetInput> inputs;
  for (const DatasetInput& input : options.datasets) inputs.push_back(with_all_splits(input));
  const auto runs = model_runs(options.experiment);
  const std::vector<Precision> precisions = precisions_of(overview);
  const std::vector<std::string> labels = model_labels(overview);
  std::vector<ModelSearch> searches;
  for (size_t m = 0; m < runs.size(); ++m)
    searches.push_back(search_all(options.experiment.input, runs[m].first, precisions[m], labels[m],
                                  inputs, queries, options.experiment.top_k));
  return searches;
}

}  // namespace

std::vector<Metric> main_metrics(int top_k) {
  std::vector<Metric> metrics = {Metric::score};
  if (top_k != 1 && top_k != 5 && top_k != 10) metrics.push_back(Metric::accuracy);
  metrics.insert(metrics.end(), {Metric::recall_at_1, Metric::recall_at_5, Metric::recall_at_10,
                                 Metric::mean_reciprocal_rank, Metric::median_rank});
  return metrics;
}

std::vector<std::string> model_labels(const Overview& overview) {
  std::vector<std::string> labels;
  if (!overview.datasets.empty()) {
    for (const ModelResult& model : overview.datasets.front().result.models)
      labels.push_back(model.label);
  } else if (!overview.classified.empty()) {
    for (const ClassifiedModel& model : overview.classified.front().result.models)
      labels.push_back(model.label);
  }
  return labels;
}

std::vector<std::string> overview_names(const std::vector<DatasetInput>& datasets) {
  const std::string reserved[] = {"index.html", "results.json", "figures"};
  return dataset_names(datasets, reserved);
}

Overview run_overview(const OverviewOptions& options) {
  if (options.datasets.empty())
    throw Error(ErrorCode::invalid_argument, "an overview needs at least one data set");
  const std::vector<std::string> names = overview_names(options.datasets);
  {
    const ProgressFn& progress = options.experiment.input.encode.progress;
    const Stage stage(progress, kChecking);
    for (size_t d = 0; d < names.size(); ++d)
      if (!options.classified.contains(d)) require_usable_row(options.datasets[d], progress);
  }
  Overview overview;
  for (size_t d = 0; d < names.size(); ++d) {
    if (options.classified.contains(d)) {
      overview.classified.push_back(classify(options, d, names[d]));
      if (options.on_classified) options.on_classified(overview.classified.back());
      continue;
    }
    overview.datasets.push_back(measure(options, d, names[d]));
    if (options.on_dataset) options.on_dataset(overview.datasets.back());
  }
  if (options.experiment.queries.empty()) return overview;
  overview.searches = search_all(options, overview);
  for (ModelSearch& search : overview.searches) {
    set_names(search.result, names);
    for (const std::string& warning : search.result.warnings) {
      if (std::ranges::find(overview.warnings, warning) == overview.warnings.end())
        overview.warnings.push_back(warning);
    }
  }
  return overview;
}

}  // namespace sightline
