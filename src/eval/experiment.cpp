#include "eval/experiment.h"

#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/json.h"
#include "base/stage.h"
#include "base/text_encoding.h"
#include "data/no_image.h"
#include "data/unread_tables.h"
#include "eval/collect.h"
#include "eval/columns.h"
#include "eval/failures/failure_run.h"
#include "eval/gather_rows.h"
#include "eval/labels.h"
#include "eval/measure_retrieval.h"
#include "eval/robustness.h"
#include "eval/trec.h"
#include "eval/uncertainty.h"
#include "search/expand_queries.h"
#include "search/fuse_texts.h"

namespace sightline {
namespace {

// One model's vectors of all rows and of all distinct captions.
struct ModelVectors {
  Matrix images;
  Matrix texts;
  Matrix queries;
  Matrix noised;  // NoisePlan::texts
  FailureVectors failures;
};

// Distinct captions in order of appearance.
struct CaptionTable {
  std::vector<std::string> texts;
  std::map<std::string, int64_t> number;

  void add(const std::vector<SeenRow>& rows) {
    for (const SeenRow& seen : rows) {
      if (seen.error || seen.repeats) continue;
      for (const std::string& caption : seen.row.captions) {
        if (number.try_emplace(caption, static_cast<int64_t>(texts.size())).second) {
          texts.push_back(caption);
        }
      }
    }
  }
};

void check_options(const EvaluationInput& input, int top_k) {
  if (top_k < 1) {
    throw Error(ErrorCode::invalid_argument, "top-k must be at least 1, found ", top_k);
  }
  if (input.encode.batch_size < 1) {
    throw Error(ErrorCode::invalid_argument, "batch size must be at least 1, found ",
                input.encode.batch_size);
  }
}

// Noised captions are neither put into templates nor expanded.
void check_search(const ExperimentOptions& options) {
  check_expansion(options.expansion);
  const bool plain = options.templates.empty() && !options.expansion.active();
  if (plain || options.noise.kinds.empty()) return;
  throw Error(ErrorCode::invalid_argument,
              "an experiment with noisy captions supports neither templates nor query expansion");
}

ModelResult describe_model(const LoadedEncoder& loaded) {
  const DualEncoder& encoder = *loaded.encoder;
  ModelResult model;
  model.info = encoder.info();
  model.preprocess = encoder.image_profile();
  model.computation = encoder.computation();
  model.precision_choice = loaded.precision_choice;
  return model;
}

// Returns the indices of the rows that are evaluated. Lists those with an error as skipped, and
// counts those that repeat an image.
std::vector<int64_t> keep_rows(const std::vector<SeenRow>& seen, ExperimentResult& result) {
  std::vector<int64_t> kept;
  std::vector<Fields> fields;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].repeats) {
      ++result.repeated_rows;
    } else if (seen[i].error) {
      result.skipped.push_back({seen[i].row.id, *seen[i].error});
    } else {
      kept.push_back(static_cast<int64_t>(i));
      result.rows.push_back(seen[i].row);
      fields.push_back(seen[i].extra);
    }
  }
  set_columns(result, fields);
  return kept;
}

std::vector<FreeQuery> answer(const std::vector<std::string>& texts, const Matrix& queries,
                              const VectorIndex& images, int k) {
  std::vector<FreeQuery> answers;
  if (texts.empty()) return answers;
  auto hits = images.search(queries, {.k = k});
  for (size_t i = 0; i < texts.size(); ++i) answers.push_back({texts[i], std::move(hits[i])});
  return answers;
}

std::string first_skipped(const ExperimentResult& result) {
  if (result.skipped.empty()) return "";
  const SkippedRow& first = result.skipped.front();
  return "; " + first.id + ": " + first.reason;
}

// Lists the texts of the kept rows. Returns the index of each among the distinct captions.
std::vector<int64_t> list_texts(ExperimentResult& result, const CaptionTable& captions) {
  std::vector<int64_t> number;
  for (size_t n = 0; n < result.rows.size(); ++n) {
    for (size_t c = 0; c < result.rows[n].captions.size(); ++c) {
      result.text_row.push_back(static_cast<int64_t>(n));
      result.text_caption.push_back(static_cast<int64_t>(c));
      number.push_back(captions.number.at(result.rows[n].captions[c]));
    }
  }
  if (number.empty()) throw_no_caption(result);
  if (result.top_k >= static_cast<int>(result.rows.size())) {
    result.warnings.push_back(message(
        "K = ", result.top_k, " is not smaller than the number of images (", result.rows.size(),
        "), so accuracy is 100 % for every model: choose a smaller "
        "--top-k or add images"));
  }
  return number;
}

// Whether every image is in a folder of the data set, as images of classes are.
bool are_in_folders(const std::vector<ExperimentRow>& rows) {
  return !rows.empty() && std::ranges::all_of(rows, [](const ExperimentRow& row) {
    return row.id.find('/') != row.id.npos;
  });
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Encodes texts in the templates of the experiment.
Matrix encode_in_templates(const std::vector<std::string>& texts, const ExperimentOptions& options,
                           DualEncoder& encoder, EncodeCounts& counts,
                           std::vector<std::string>& warnings) {
  const auto forms = static_cast<int64_t>(std::max<size_t>(1, options.templates.size()));
  return mean_of_each(collect_texts(in_templates(texts, options.templates), options.input.encode,
                                    encoder, counts, warnings),
                      forms);
}

// Fuses the vectors of all rows with the texts of a column, and that of a row without texts of its
// own with none.
void fuse(const ExperimentOptions& options, const std::vector<SeenRow>& seen, DualEncoder& encoder,
          ModelVectors& made, EncodeCounts& counts, std::vector<std::string>& warnings) {
  if (!options.fusion.active()) return;
  TextTable table;
  for (const SeenRow& row : seen) {
    const auto found = row.extra.find(options.fusion.column);
    table.add(row.error || row.repeats || found == row.extra.end()
                  ? std::vector<std::string>{}
                  : fusion_texts(row.row.captions, found->second));
  }
  if (table.texts.empty()) {
    throw Error(ErrorCode::invalid_argument, "'", options.input.dataset.path.string(),
                "' has no text in the column '", options.fusion.column,
                "' (text_column) besides its captions");
  }
  const Matrix texts = collect_texts(table.texts, options.input.encode, encoder, counts, warnings,
                                     "texts of images");
  fuse_vectors(table, texts, options.fusion.weight, made.images);
}

// Facts about the evaluated search that a reader of the figures must know.
void note_configuration(const ExperimentOptions& options, std::vector<std::string>& warnings) {
  if (!options.templates.empty()) {
    std::string list;
    for (const std::string& form : options.templates)
      list += (list.empty() ? "'" : ", '") + form + "'";
    warnings.push_back("captions were encoded in templates: " + list);
  }
  if (options.expansion.active()) {
    warnings.push_back(message("texts search with query expansion: ", options.expansion.hits,
                               " hits, weight ", shown(options.expansion.weight)));
  }
  if (options.fusion.active()) {
    warnings.push_back(message("images are fused with the texts of the column '",
                               options.fusion.column, "', weight ", shown(options.fusion.weight)));
  }
}

void measure(ExperimentResult& result, ModelResult& model, ModelVectors& vectors,
             const std::vector<int64_t>& kept, const std::vector<int64_t>& text_number,
             const std::vector<std::string>& queries, const NoisePlan& plan,
             const FailureRun& failures, const ExpansionOptions& expansion,
             std::optional<TrecExport>& trec, const ProgressFn& progress) {
  RetrievalSet set;
  set.images = gather_rows(vectors.images, kept);
  vectors.images = Matrix();
  set.texts = gather_rows(vectors.texts, text_number);
  set.text_image = result.text_row;
  set.text_identity = text_number;
  measure_retrieval(result, model, set, trec, progress, expansion);
  failures.measure(result, model, set, vectors.failures, kept, vectors.texts, progress);
  const auto images = VectorIndex::view(set.images, "the vectors of the images");
  expand_queries(images, expansion, vectors.queries);
  model.queries = answer(queries, vectors.queries, images, result.top_k);
  if (plan.empty()) return;
  Robustness measured = measure_robustness(plan,
                                           {set.images, vectors.texts, vectors.noised,
                                            set.text_image, text_number, model.ranks.text_rank},
                                           result.top_k, result.statistics, progress,
                                           "noised captions, " + model.label);
  measured.encoded_texts = model.robustness->encoded_texts;
  measured.cached_texts = model.robustness->cached_texts;
  measured.seconds = model.robustness->seconds;
  model.robustness = std::move(measured);
}

// Encodes the noised captions and records the time in `model`.
Matrix encode_noise(const EvaluationInput& input, const NoisePlan& plan, DualEncoder& encoder,
                    ModelResult& model, std::vector<std::string>& warnings) {
  if (plan.empty()) return {};
  const auto start = std::chrono::steady_clock::now();
  EncodeCounts counts;
  Matrix vectors =
      collect_texts(plan.texts(), input.encode, encoder, counts, warnings, "noised captions");
  model.robustness.emplace();
  model.robustness->encoded_texts = counts.encoded_texts;
  model.robustness->cached_texts = counts.cached_texts;
  model.robustness->seconds = seconds_since(start);
  return vectors;
}

}  // namespace

EncoderLoader model_loader(const EvaluationInput& input) {
  return [&input](const std::filesystem::path& path, std::optional<Precision> precision,
                  RowReader& rows) {
    ModelOptions options = input.model;
    options.precision = precision;
    ChosenModel chosen = load_model(path, options, rows);
    require_both_towers(chosen.model.info(), path.string());
    return LoadedEncoder{std::make_unique<ModelEncoder>(
                             std::make_unique<Model>(std::move(chosen.model)),
                             EncoderOptions{.batch_size = input.encode.batch_size, .limits = {}}),
                         chosen.choice ? chosen.choice->text() : ""};
  };
}

std::vector<std::pair<std::filesystem::path, std::optional<Precision>>> model_runs(
    const ExperimentOptions& options) {
  std::vector<std::pair<std::filesystem::path, std::optional<Precision>>> runs;
  for (const auto& model : options.models) {
    if (options.precisions.empty()) runs.emplace_back(model, options.input.model.precision);
    for (const auto& precision : options.precisions) runs.emplace_back(model, precision);
  }
  return runs;
}

void throw_no_caption(const ExperimentResult& result) {
  std::string advice = result.dataset_format == "folder" ? advice_on_tables(result.dataset) : "";
  if (advice.empty() && result.dataset_format == "folder" && are_in_folders(result.rows))
    advice = "; if its folders are classes, use --task classification";
  if (result.rows.empty() && result.skipped.empty()) throw_no_image(result.dataset, advice);
  throw Error(ErrorCode::invalid_data, "'", result.dataset.string(),
              "' has no row with an image and a caption (", result.rows.size(), " images, ",
              result.skipped.size(), " skipped", first_skipped(result), "), read as ",
              result.dataset_format, advice);
}

ExperimentResult run_experiment_with(const ExperimentOptions& options, const EncoderLoader& load) {
  const EvaluationInput& input = options.input;
  check_options(input, options.top_k);
  check_statistics(options.statistics);
  if (options.models.empty()) {
    throw Error(ErrorCode::invalid_argument, "an experiment needs at least one model");
  }
  check_search(options);
  std::vector<std::string> queries;
  for (const std::string& query : options.queries) queries.push_back(checked_query(query));
  std::optional<TrecExport> trec;  // its folder is made before anything is encoded
  if (options.trec) trec.emplace(*options.trec);
  std::vector<LabeledSpec> given;
  for (const std::filesystem::path& model : options.models)
    given.push_back(split_label(model.string()));
  check_given_labels(given);
  ExperimentResult result;
  result.dataset = input.dataset.path;
  result.splits = input.dataset.splits;
  result.top_k = options.top_k;
  result.caption_choice = options.captions;
  result.noise = options.noise;
  result.statistics = options.statistics;
  note_configuration(options, result.warnings);
  std::vector<SeenRow> seen;
  CaptionTable captions;
  std::vector<ModelVectors> vectors;
  std::vector<ModelToLabel> labels;
  NoisePlan plan(options.noise, {});  // refuses wrong options before anything is encoded
  FailureRun failures(options);
  // One model in memory at a time; the data set is streamed once for each.
  for (const auto& [directory, precision] : model_runs(options)) {
    RowReader rows = [&] {
      const Stage stage(input.encode.progress, "listing the images");
      return RowReader(input.dataset);
    }();
    const LoadedEncoder loaded = [&] {
      const Stage stage(input.encode.progress, "loading " + directory.string());
      return load(directory, precision, rows);
    }();
    DualEncoder& encoder = *loaded.encoder;
    ModelResult model = describe_model(loaded);
    const std::string suffix = options.precisions.size() > 1
                                   ? message(" ", precision ? precision_name(*precision) : "auto")
                                   : "";
    model.label = model.info.name + suffix;
    labels.push_back(model_to_label(model.info.name, directory.string(), suffix));
    result.warnings.insert(result.warnings.end(), model.info.warnings.begin(),
                           model.info.warnings.end());
    const auto start = std::chrono::steady_clock::now();
    ModelVectors made;
    result.dataset_format = rows.format();
    made.images = collect_images(rows, input.encode, options.captions, encoder, seen, model.counts,
                                 result.warnings);
    if (vectors.empty()) {
      captions.add(seen);
      plan = NoisePlan(options.noise, captions.texts);
      failures.choose(seen, captions.texts,
                      [&](const std::string& caption) { return captions.number.at(caption); });
    }
    fuse(options, seen, encoder, made, model.counts, result.warnings);
    made.texts =
        encode_in_templates(captions.texts, options, encoder, model.counts, result.warnings);
    if (!queries.empty()) {
      const std::vector<std::string> filled = in_templates(queries, options.templates);
      made.queries = mean_of_each(
          encoder.encode_tokens(encoder.tokenize(filled),
                                [&](int64_t i) { return filled[static_cast<size_t>(i)]; }),
          static_cast<int64_t>(filled.size() / queries.size()));
    }
    model.counts.seconds = seconds_since(start);
    made.noised = encode_noise(input, plan, encoder, model, result.warnings);
    made.failures = failures.encode(
        encoder,
        [&](const std::vector<std::string>& texts) {
          EncodeCounts counts;
          return encode_in_templates(texts, options, encoder, counts, result.warnings);
        },
        result.warnings);
    vectors.push_back(std::move(made));
    result.models.push_back(std::move(model));
  }
  set_labels(result.models, labels);
  const std::vector<int64_t> kept = keep_rows(seen, result);
  const std::vector<int64_t> text_number = list_texts(result, captions);
  failures.describe(result);
  for (size_t m = 0; m < vectors.size(); ++m) {
    measure(result, result.models[m], vectors[m], kept, text_number, queries, plan, failures,
            options.expansion, trec, input.encode.progress);
    vectors[m] = {};
  }
  add_statistics(result, input.encode.progress);
  return result;
}

int64_t images_without_caption(const ExperimentResult& result) {
  return std::ranges::count_if(result.rows,
                               [](const ExperimentRow& row) { return row.captions.empty(); });
}

ExperimentResult run_experiment(const ExperimentOptions& options) {
  return run_experiment_with(options, model_loader(options.input));
}

}  // namespace sightline
