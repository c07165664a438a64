#include <sightline/error.h>
#include <sightline/vector_experiment.h>
#include <sightline/vectors.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "eval/columns.h"
#include "eval/failures/corrections.h"
#include "eval/failures/failure_run.h"
#include "eval/failures/groups.h"
#include "eval/labels.h"
#include "eval/measure_retrieval.h"
#include "eval/relevance_file.h"
#include "eval/uncertainty.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// A text row and an image row that belong together.
struct Pair {
  int64_t image = 0, text = 0;
  auto operator<=>(const Pair&) const = default;
};

struct EncoderSets {
  VectorSet images, texts;
};

std::vector<VectorItem> all_items(const VectorSet& set) {
  std::vector<int64_t> rows(static_cast<size_t>(set.index().rows()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return set.items(rows);
}

std::vector<std::string> ids_of(const VectorSet& set, const std::vector<VectorItem>& items) {
  std::vector<std::string> ids;
  if (!set.has_ids()) return ids;
  for (const VectorItem& item : items) ids.push_back(item.id);
  return ids;
}

VectorSet open_set(const fs::path& path, VectorKind kind) {
  VectorSet set = VectorSet::open(path, {.kind = kind, .unit_length = true});
  if (set.kind() && *set.kind() != kind) {
    throw Error(ErrorCode::invalid_argument, quoted(path), " has vectors of ",
                vector_kind_name(*set.kind()), ", expected vectors of ", vector_kind_name(kind));
  }
  if (set.provenance() && !set.provenance()->unit_length) {
    throw Error(ErrorCode::invalid_argument, quoted(path),
                " has vectors that are not of unit length: encode without --raw");
  }
  return set;
}

EncoderSets open_encoder(const EncoderVectors& paths, std::vector<std::string>& warnings) {
  EncoderSets sets{open_set(paths.images, VectorKind::images),
                   open_set(paths.texts, VectorKind::texts)};
  for (const VectorSet* set : {&sets.images, &sets.texts})
    warnings.insert(warnings.end(), set->warnings().begin(), set->warnings().end());
  const std::string images = quoted(paths.images), texts = quoted(paths.texts);
  if (sets.images.index().dim() != sets.texts.index().dim()) {
    throw Error(ErrorCode::invalid_argument, images, " has vectors of ", sets.images.index().dim(),
                " elements, ", texts, " of ", sets.texts.index().dim(),
                ": they are not of one encoder");
  }
  const auto &a = sets.images.provenance(), &b = sets.texts.provenance();
  if (a && b) {
    ModelInfo model;
    model.name = b->model;
    model.fingerprint = b->fingerprint;
    require_model(*a, model, images);
  } else {
    warnings.push_back("it cannot be verified that one model made the vectors of " + images +
                       " and of " + texts);
  }
  return sets;
}

// Which text belongs to which image, by image and then by text; each pair once.
std::vector<Pair> find_pairs(const VectorExperimentOptions& options, const EncoderSets& sets,
                             const std::vector<VectorItem>& images,
                             const std::vector<VectorItem>& texts,
                             std::vector<std::string>& warnings) {
  const std::string image_set = quoted(options.encoders[0].images),
                    text_set = quoted(options.encoders[0].texts);
  const auto image_rows = static_cast<int64_t>(images.size());
  const auto text_rows = static_cast<int64_t>(texts.size());
  std::vector<Pair> pairs;
  if (options.relevance.empty()) {
    if (image_rows != text_rows) {
      throw Error(ErrorCode::invalid_argument, image_set, " has ", counted(image_rows, "row"), ", ",
                  text_set, " has ", text_rows,
                  ": --relevance must say which text belongs to which image");
    }
    for (int64_t i = 0; i < image_rows; ++i) pairs.push_back({i, i});
    warnings.push_back("without --relevance, the text in row i belongs to the image in row i");
    return pairs;
  }
  const std::vector<RelevanceLine> lines = read_relevance_file(options.relevance);
  const auto image_row = rows_of_names(lines, &RelevanceLine::image, ids_of(sets.images, images),
                                       image_rows, "image", image_set, options.relevance);
  const auto text_row = rows_of_names(lines, &RelevanceLine::text, ids_of(sets.texts, texts),
                                      text_rows, "text", text_set, options.relevance);
  for (size_t i = 0; i < lines.size(); ++i) pairs.push_back({image_row[i], text_row[i]});
  std::ranges::sort(pairs);
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<bool> used(texts.size());
  for (const Pair& pair : pairs) used[static_cast<size_t>(pair.text)] = true;
  if (const auto unused = std::ranges::count(used, false); unused > 0) {
    warnings.push_back(message(unused, " of ", counted(text_rows, "text"), " are in no line of ",
                               quoted(options.relevance), " and are left out (the first in row ",
                               std::ranges::find(used, false) - used.begin(), ")"));
  }
  if (pairs.empty()) {
    throw Error(ErrorCode::invalid_data, quoted(options.relevance),
                " has no text that belongs to an image");
  }
  return pairs;
}

void require_same_rows(const VectorSet& set, const std::vector<VectorItem>& expected,
                       const VectorSet& first) {
  if (set.index().rows() != static_cast<int64_t>(expected.size())) {
    throw Error(ErrorCode::invalid_argument, quoted(set.path()), " has ",
                counted(set.index().rows(), "row"), ", ", quoted(first.path()), " has ",
                expected.size(), ": encoders are compared on the same rows");
  }
  if (!set.has_ids() || !first.has_ids()) return;
  const std::vector<VectorItem> items = all_items(set);
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].id == expected[i].id) continue;
    throw Error(ErrorCode::invalid_argument, "row ", i, " is '", items[i].id, "' in ",
                quoted(set.path()), " and '", expected[i].id, "' in ", quoted(first.path()),
                ": encoders are compared on the same rows");
  }
}

std::string text_of(const VectorItem& item) {
  return item.captions.empty() ? "text " + item.id : item.captions[0];
}

// Lists rows and texts. Returns the number of each text among the distinct ones.
std::vector<int64_t> list_rows(const std::vector<Pair>& pairs, std::vector<VectorItem>& images,
                               const std::vector<VectorItem>& texts, ExperimentResult& result) {
  std::vector<Fields> fields;
  for (VectorItem& item : images) {
    ExperimentRow row;
    row.id = std::move(item.id);
    row.split = split_of(item);
    result.rows.push_back(std::move(row));
    fields.push_back(std::move(item.fields));
  }
  set_columns(result, fields);
  std::map<std::string, int64_t> number;
  std::vector<int64_t> identity;
  for (const Pair& pair : pairs) {
    ExperimentRow& row = result.rows[static_cast<size_t>(pair.image)];
    std::string text = text_of(texts[static_cast<size_t>(pair.text)]);
    identity.push_back(number.try_emplace(text, static_cast<int64_t>(number.size())).first->second);
    result.text_row.push_back(pair.image);
    result.text_caption.push_back(static_cast<int64_t>(row.captions.size()));
    row.captions.push_back(std::move(text));
  }
  return identity;
}

RetrievalSet retrieval_set(const EncoderSets& sets, const std::vector<Pair>& pairs,
                           const std::vector<int64_t>& identity, const ExperimentResult& result) {
  RetrievalSet set;
  const VectorIndex &images = sets.images.index(), &texts = sets.texts.index();
  set.images = Matrix(images.rows(), images.dim());
  for (int64_t i = 0; i < images.rows(); ++i)
    std::ranges::copy(images.row(i), set.images.row(i).begin());
  set.texts = Matrix(static_cast<int64_t>(pairs.size()), texts.dim());
  for (size_t t = 0; t < pairs.size(); ++t)
    std::ranges::copy(texts.row(pairs[t].text), set.texts.row(static_cast<int64_t>(t)).begin());
  set.text_image = result.text_row;
  set.text_identity = identity;
  return set;
}

ModelResult describe_encoder(const EncoderVectors& paths, const EncoderSets& sets,
                             std::vector<ModelToLabel>& labels) {
  ModelResult model;
  const auto& provenance = sets.images.provenance();
  model.info.embedding_dim = sets.images.index().dim();
  if (provenance) {
    model.info.name = provenance->model;
    model.info.fingerprint = provenance->fingerprint;
    model.preprocess = provenance->preprocessing;
    model.computation = provenance->computation;
  }
  const std::string label =
      paths.label.empty() ? fs::path(paths.images).replace_extension().string() : paths.label;
  labels.push_back({label, {}, ""});
  if (model.info.name.empty()) model.info.name = label;
  return model;
}

// The texts of a query bank and images with words cannot be encoded without a model.
void check_vector_failures(const FailureOptions& options) {
  check_failures(options);
  const auto bank = std::ranges::find_if(options.corrections.kinds, needs_bank);
  if (bank != options.corrections.kinds.end()) {
    throw Error(ErrorCode::unsupported, "the correction ", correction_name(*bank),
                " needs a model that encodes a query bank, not vectors");
  }
  if (options.typographic)
    throw Error(ErrorCode::unsupported, "the typographic attack needs a model, not vectors");
}

// Where write_report reads the images again; nowhere if they are unknown.
EvaluationInput image_input(const VectorSet& images) {
  EvaluationInput input;
  if (!images.has_ids()) return input;
  const auto& provenance = images.provenance();
  if (provenance && provenance->source) {
    input.dataset = provenance->source->dataset;
    if (input.dataset.path.empty()) input.dataset.options.image_root = provenance->source->folder;
  }
  if (input.dataset.path.empty() && input.dataset.options.image_root.empty())
    input.dataset.options.image_root = ".";
  return input;
}

}  // namespace

VectorExperiment run_vector_experiment(const VectorExperimentOptions& options) {
  if (options.encoders.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "an experiment needs the vectors of at least one "
                "encoder");
  }
  if (options.top_k < 1) {
    throw Error(ErrorCode::invalid_argument, "top-k must be at least 1, found ", options.top_k);
  }
  check_statistics(options.statistics);
  check_vector_failures(options.failures);
  std::optional<TrecExport> trec;
  if (options.trec) trec.emplace(*options.trec);
  VectorExperiment experiment;
  ExperimentResult& result = experiment.result;
  result.dataset = options.encoders[0].images;
  result.dataset_format = "vectors";
  result.top_k = options.top_k;
  result.statistics = options.statistics;
  result.failures = options.failures;
  std::vector<EncoderSets> sets;
  std::vector<ModelToLabel> labels;
  std::vector<LabeledSpec> given;
  for (const EncoderVectors& paths : options.encoders)
    given.push_back({paths.label, paths.images.string()});
  check_given_labels(given);
  for (const EncoderVectors& paths : options.encoders) {
    sets.push_back(open_encoder(paths, result.warnings));
    result.models.push_back(describe_encoder(paths, sets.back(), labels));
  }
  set_labels(result.models, labels);
  std::vector<VectorItem> images = all_items(sets[0].images), texts = all_items(sets[0].texts);
  for (size_t i = 1; i < sets.size(); ++i) {
    require_same_rows(sets[i].images, images, sets[0].images);
    require_same_rows(sets[i].texts, texts, sets[0].texts);
  }
  const std::vector<Pair> pairs = find_pairs(options, sets[0], images, texts, result.warnings);
  if (pairs.empty()) {
    throw Error(ErrorCode::invalid_data, quoted(result.dataset), " has no vectors to evaluate");
  }
  const std::vector<int64_t> identity = list_rows(pairs, images, texts, result);
  experiment.images = image_input(sets[0].images);
  group_columns_of(result);  // refuses a wrong column before the long work of ranking
  const Matrix no_bank;
  for (size_t i = 0; i < sets.size(); ++i) {
    ModelResult& model = result.models[i];
    const RetrievalSet set = retrieval_set(sets[i], pairs, identity, result);
    measure_retrieval(result, model, set, trec, options.progress);
    model.failures.corrections =
        measure_corrections({set.texts, set.images, set.text_image, no_bank}, model.ranks.text_rank,
                            options.failures.corrections, options.statistics, options.progress,
                            "corrections, " + model.label);
  }
  add_statistics(result, options.progress);
  return experiment;
}

}  // namespace sightline
