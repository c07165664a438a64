#include "eval/classification/run.h"

#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/stage.h"
#include "base/text.h"
#include "data/columns/label_columns.h"
#include "data/no_image.h"
#include "data/readers/columns.h"
#include "eval/classification/labels.h"
#include "eval/collect.h"
#include "eval/gather_rows.h"
#include "eval/labels.h"
#include "eval/uncertainty.h"

namespace sightline {
namespace {

// Reads labels and makes classes from the rows of the first model's pass.
struct Labeling {
  LabelReader reader;
  Classes classes;
  std::vector<std::string> prompts;    // distinct texts of all classes
  std::vector<int64_t> prompt_number;  // per class and prompt: index into `prompts`
  std::vector<int64_t> prompt_class;   // its class
};

void set_labels(std::vector<SeenRow>& seen, LabelReader& reader, std::vector<RowLabels>& labels) {
  for (SeenRow& row : seen) {
    labels.push_back(row.error ? RowLabels() : reader.labels_of(row.row.id, row.extra));
    if (row.error || labels.back().is_labeled()) continue;
    row.error = labels.back().problem;
    if (row.error->empty())
      row.error = "it has no label" + (reader.column().empty() || reader.column() == kFolderLabels
                                           ? std::string()
                                           : " in the column '" + printable(reader.column()) + "'");
  }
}

// Whether the requested column of labels is the data set's only column of captions, as in a table
// of images and a column of any name.
bool has_labels_as_captions(const ClassificationOptions& options) {
  const std::string& column = options.task.label_column;
  const DatasetInput& dataset = options.input.dataset;
  return !column.empty() && open_dataset(dataset.path, dataset.options)->columns().text == column;
}

void use_captions_as_labels(std::vector<SeenRow>& seen, const std::string& column) {
  for (SeenRow& row : seen) {
    const std::vector<std::string>& captions = row.row.captions;
    if (captions.empty()) continue;
    row.extra.emplace(column, captions.size() == 1 ? captions[0] : label_list_text(captions));
  }
}

[[noreturn]] void throw_no_label(const ClassificationOptions& options, const std::string& format,
                                 const std::vector<SeenRow>& seen,
                                 const std::vector<RowLabels>& labels) {
  const size_t rows = seen.size();
  for (size_t i = 0; i < labels.size(); ++i)
    if (!labels[i].problem.empty())
      throw Error(ErrorCode::invalid_data, quoted(options.input.dataset.path), " has no labels; ",
                  printable(seen[i].row.id), ": ", labels[i].problem);
  if (rows == 0) throw_no_image(options.input.dataset.path);
  if (!options.task.label_column.empty()) {
    throw Error(ErrorCode::not_found, quoted(options.input.dataset.path),
                " has no row with a label in the column '", printable(options.task.label_column),
                "', read as ", format,
                ": expected texts or numbers, or lists of them in a column called 'labels'");
  }
  throw Error(ErrorCode::invalid_data, quoted(options.input.dataset.path), " has no labels (", rows,
              " rows), read as ", format,
              ": expected images in a folder for each class, or a column of labels");
}

Labeling make_labeling(const ClassificationOptions& options, const std::string& format,
                       std::vector<SeenRow>& seen, std::vector<RowLabels>& labels) {
  Labeling made{LabelReader(options.task.label_column, has_folders(format)), {}, {}, {}, {}};
  set_labels(seen, made.reader, labels);
  std::set<std::string> distinct;
  for (const RowLabels& row : labels) distinct.insert(row.labels.begin(), row.labels.end());
  if (distinct.empty()) throw_no_label(options, format, seen, labels);
  made.classes = make_classes({distinct.begin(), distinct.end()}, options.task.names);
  if (made.classes.classes.size() < 2) {
    throw Error(ErrorCode::invalid_data, quoted(options.input.dataset.path), " has one class, '",
                printable(made.classes.classes[0].name), "': expected at least two");
  }
  std::map<std::string, int64_t> number;
  for (size_t c = 0; c < made.classes.classes.size(); ++c) {
    ImageClass& one = made.classes.classes[c];
    for (std::string& text : prompts_of(one.name, options.task.prompts)) {
      const auto next = static_cast<int64_t>(made.prompts.size());
      const auto [at, is_new] = number.try_emplace(text, next);
      if (is_new) made.prompts.push_back(std::move(text));
      made.prompt_number.push_back(at->second);
      made.prompt_class.push_back(static_cast<int64_t>(c));
      ++one.prompts;
    }
  }
  return made;
}

ClassifiedModel describe_model(const LoadedEncoder& loaded) {
  ClassifiedModel model;
  model.info = loaded.encoder->info();
  model.preprocess = loaded.encoder->image_profile();
  model.computation = loaded.encoder->computation();
  model.precision_choice = loaded.precision_choice;
  return model;
}

// The images that every model could encode, in order.
std::vector<int64_t> keep_rows(const std::vector<SeenRow>& seen,
                               const std::vector<RowLabels>& labels, Labeling& labeling,
                               ClassificationResult& result) {
  std::vector<int64_t> kept;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].error) {
      result.skipped.push_back({seen[i].row.id, *seen[i].error});
      continue;
    }
    std::set<int64_t> own;
    for (const std::string& label : labels[i].labels)
      own.insert(labeling.classes.of_label.at(label));
    for (const int64_t c : own) ++labeling.classes.classes[static_cast<size_t>(c)].images;
    LabeledImage image{seen[i].row.id, seen[i].row.split, -1, {}};
    if (result.multilabel)
      image.classes.assign(own.begin(), own.end());
    else
      image.image_class = *own.begin();
    result.images.push_back(std::move(image));
    kept.push_back(static_cast<int64_t>(i));
  }
  if (kept.empty()) {
    throw Error(ErrorCode::invalid_data, quoted(result.dataset), " has no image that can be used; ",
                result.skipped.front().id, ": ", result.skipped.front().reason);
  }
  result.classes = labeling.classes.classes;
  return kept;
}

// Names the classes that no image has, which have no average precision.
void warn_of_empty_classes(ClassificationResult& result) {
  constexpr size_t kNamed = 20;
  std::vector<std::string> empty;
  for (const ImageClass& one : result.classes)
    if (one.images == 0) empty.push_back("'" + printable(one.name) + "'");
  if (empty.empty()) return;
  const size_t count = empty.size();
  empty.resize(std::min(count, kNamed));
  result.warnings.push_back(
      counted(static_cast<int64_t>(count), "class has", "classes have") +
      " no image and no average precision, and mean average precision leaves " +
      (count == 1 ? "it" : "them") + " out: " + join_names(empty) + (count > kNamed ? " …" : ""));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void apply_classifier(const Matrix& vectors, const Matrix& classifier,
                      const ClassificationResult& result, ClassifiedModel& model) {
  if (result.multilabel) {
    std::vector<std::vector<int64_t>> classes;
    for (const LabeledImage& image : result.images) classes.push_back(image.classes);
    return rank_images(vectors, classifier, classes, model);
  }
  std::vector<int64_t> classes;
  for (const LabeledImage& image : result.images) classes.push_back(image.image_class);
  classify(vectors, classifier, classes, model);
}

ExperimentOptions runs_of(const ClassificationOptions& options) {
  ExperimentOptions runs;
  runs.input = options.input;
  runs.models = options.models;
  runs.precisions = options.precisions;
  return runs;
}

void check_options(const ClassificationOptions& options) {
  check_statistics(options.statistics);
  if (options.models.empty())
    throw Error(ErrorCode::invalid_argument, "a classification needs at least one model");
  if (options.input.encode.batch_size < 1) {
    throw Error(ErrorCode::invalid_argument, "batch size must be at least 1, found ",
                options.input.encode.batch_size);
  }
  std::vector<LabeledSpec> given;
  for (const auto& model : options.models) given.push_back(split_label(model.string()));
  check_given_labels(given);
}

}  // namespace

ClassificationResult run_classification_with(const ClassificationOptions& options,
                                             const EncoderLoader& load) {
  check_options(options);
  EvaluationInput input = options.input;
  input.dataset.options.merge_repeated_images = false;  // each row has a label of its own
  const ProgressFn& progress = input.encode.progress;
  ClassificationResult result;
  result.dataset = input.dataset.path;
  result.splits = input.dataset.splits;
  result.statistics = options.statistics;
  if (options.task.prompts.by_class.empty())
    result.templates = options.task.prompts.templates.empty() ? default_templates()
                                                              : options.task.prompts.templates;
  std::vector<SeenRow> seen;
  std::vector<RowLabels> labels;
  std::optional<Labeling> labeling;
  std::vector<Matrix> images, classifiers;
  std::vector<ModelToLabel> names;
  const bool as_captions = has_labels_as_captions(options);
  const CaptionChoice captions = as_captions ? CaptionChoice::all : CaptionChoice::first;
  // One model in memory at a time; the data set is streamed once for each.
  for (const auto& [directory, precision] : model_runs(runs_of(options))) {
    RowReader rows = [&] {
      const Stage stage(progress, "listing the images");
      return RowReader(input.dataset);
    }();
    const LoadedEncoder loaded = [&] {
      const Stage stage(progress, "loading " + directory.string());
      return load(directory, precision, rows);
    }();
    ClassifiedModel model = describe_model(loaded);
    const std::string suffix = options.precisions.size() > 1
                                   ? message(" ", precision ? precision_name(*precision) : "auto")
                                   : "";
    names.push_back(model_to_label(model.info.name, directory.string(), suffix));
    std::ranges::copy(model.info.warnings, std::back_inserter(result.warnings));
    const auto start = std::chrono::steady_clock::now();
    result.dataset_format = rows.format();
    images.push_back(collect_images(rows, input.encode, captions, *loaded.encoder, seen,
                                    model.counts, result.warnings));
    if (as_captions && !labeling) use_captions_as_labels(seen, options.task.label_column);
    if (!labeling) labeling = make_labeling(options, rows.format(), seen, labels);
    const Matrix texts = collect_texts(labeling->prompts, input.encode, *loaded.encoder,
                                       model.counts, result.warnings, "prompts");
    classifiers.push_back(
        zero_shot_classifier(gather_rows(texts, labeling->prompt_number), labeling->prompt_class,
                             static_cast<int64_t>(labeling->classes.classes.size())));
    model.counts.seconds = seconds_since(start);
    result.models.push_back(std::move(model));
  }
  std::vector<std::string> distinct = distinct_labels(names);
  result.multilabel = std::ranges::any_of(labels, &RowLabels::is_list);
  const std::vector<int64_t> kept = keep_rows(seen, labels, *labeling, result);
  result.label_column = labeling->reader.column();
  if (result.multilabel) warn_of_empty_classes(result);
  for (size_t m = 0; m < result.models.size(); ++m) {
    result.models[m].label = std::move(distinct[m]);
    const Matrix vectors = gather_rows(images[m], kept);
    images[m] = {};
    // Rejects NaN and infinity and names the row.
    VectorIndex::view(vectors, "the vectors of the images");
    apply_classifier(vectors, classifiers[m], result, result.models[m]);
  }
  summarize_classification(result, progress);
  return result;
}

ClassificationResult run_classification(const ClassificationOptions& options) {
  return run_classification_with(options, model_loader(options.input));
}

bool is_labeled_only(const DatasetInput& input, const std::string& label_column) {
  RowReader rows(input);
  LabelReader reader(label_column, has_folders(rows.format()));
  while (const std::optional<Row> row = rows.next()) {
    if (row->error) continue;
    return std::ranges::all_of(row->captions, is_blank) &&
           reader.labels_of(row->id, row->extra).is_labeled();
  }
  return false;
}

}  // namespace sightline
