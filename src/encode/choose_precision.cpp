#include <sightline/encode.h>
#include <sightline/error.h>
#include <sightline/precision.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/text.h"
#include "ops/ops.h"

namespace sightline {
namespace {

struct Vectors {
  Matrix images, texts;
  std::vector<bool> decoded;
};

Model load(const std::filesystem::path& path, ModelOptions options, Precision precision) {
  options.precision = precision;
  return Model::load(path, options);
}

Vectors encode(const Model& model, const ModelOptions& options, std::span<const ImageInput> images,
               std::span<const std::string> texts) {
  const Encoder encoder(model);
  Vectors vectors;
  if (options.load_image_tower && model.info().has_image && !images.empty()) {
    EncodedImages encoded = encoder.encode_images(images);
    for (const auto& error : encoded.errors) vectors.decoded.push_back(!error);
    vectors.images = std::move(encoded.vectors);
  }
  if (options.load_text_tower && model.info().has_text && !texts.empty()) {
    vectors.texts = encoder.encode_texts(texts).vectors;
  }
  return vectors;
}

// The smallest cosine of corresponding unit rows that count. NaN rows score -1.
double least_cosine(const Matrix& a, const Matrix& b, const std::vector<bool>& counts) {
  double least = 1;
  for (int64_t i = 0; i < a.rows; ++i) {
    if (!counts.empty() && !counts[static_cast<size_t>(i)]) continue;
    double sum = 0;
    for (int64_t c = 0; c < a.dim; ++c) {
      sum +=
          static_cast<double>(a.row(i)[static_cast<size_t>(c)]) * b.row(i)[static_cast<size_t>(c)];
    }
    least = sum < least ? sum : sum >= least ? least : -1;
  }
  return least;
}

// Chooses among `fast`, which is not empty. `model` becomes the chosen one. fp32 stays loaded until
// another precision is accepted, so that none is loaded twice.
PrecisionChoice choose(const std::filesystem::path& path, const ModelOptions& options,
                       std::span<const Precision> fast, std::span<const ImageInput> images,
                       std::span<const std::string> texts, std::optional<Model>& model) {
  PrecisionChoice choice;
  choice.backend = options.backend;
  model.emplace(load(path, options, Precision::fp32));
  const Vectors exact = encode(*model, options, images, texts);
  choice.images = std::count(exact.decoded.begin(), exact.decoded.end(), true);
  choice.texts = exact.texts.rows;
  if (choice.images + choice.texts == 0) return choice;
  for (const Precision precision : fast) {
    Model faster = load(path, options, precision);
    const Vectors vectors = encode(faster, options, images, texts);
    const double cosine = std::min(least_cosine(exact.images, vectors.images, exact.decoded),
                                   least_cosine(exact.texts, vectors.texts, {}));
    choice.trials.push_back({precision, cosine, cosine >= kLeastCosine});
    if (!choice.trials.back().accepted) continue;
    choice.precision = precision;
    model.emplace(std::move(faster));
    break;
  }
  return choice;
}

PrecisionChoice no_choice(Backend backend, size_t images, size_t texts) {
  PrecisionChoice choice;
  choice.backend = backend;
  choice.images = static_cast<int64_t>(images);
  choice.texts = static_cast<int64_t>(texts);
  return choice;
}

ChosenModel load_by(const std::filesystem::path& path, const ModelOptions& options,
                    std::span<const ImageInput> images, std::span<const std::string> texts) {
  const auto fast = fast_precisions(options.backend);
  if (fast.empty()) {
    return {load(path, options, Precision::fp32),
            no_choice(options.backend, images.size(), texts.size())};
  }
  std::optional<Model> model;
  PrecisionChoice choice = choose(path, options, fast, images, texts, model);
  return {std::move(*model), std::move(choice)};
}

}  // namespace

std::vector<Precision> fast_precisions(Backend backend) {
  return backend == Backend::cpu ? fast_cpu_precisions() : std::vector<Precision>();
}

std::string PrecisionChoice::text() const {
  const std::string chosen(precision_name(precision));
  if (trials.empty()) {
    if (backend != Backend::cpu)
      return message(chosen, ": the backend ", backend_name(backend), " computes no other faster");
    return chosen + (images + texts > 0 ? ": this processor computes no other faster"
                                        : ": there is nothing to compare precisions by");
  }
  std::string text = chosen + ": ";
  for (const PrecisionTrial& trial : trials) {
    char cosine[32];
    std::snprintf(cosine, sizeof cosine, "%.5f", trial.cosine);
    if (trial.precision != precision) text += message(precision_name(trial.precision), " had ");
    text += std::string("smallest cosine to fp32 ") + cosine + ", ";
  }
  return text + "over " + counted(images, "image") + " and " + counted(texts, "text");
}

PrecisionChoice choose_precision(const std::filesystem::path& model, const ModelOptions& options,
                                 std::span<const ImageInput> images,
                                 std::span<const std::string> texts) {
  const auto fast = fast_precisions(options.backend);
  if (fast.empty()) return no_choice(options.backend, images.size(), texts.size());
  std::optional<Model> chosen;
  return choose(model, options, fast, images, texts, chosen);
}

ChosenModel load_model(const std::filesystem::path& model, const ModelOptions& options,
                       RowReader& rows) {
  if (options.precision) return {Model::load(model, options), std::nullopt};
  // Rows that fail, one after the other, must not all be kept until an image comes.
  constexpr size_t kMostRows = 8 * kCalibrationItems;
  std::vector<ImageInput> images;
  std::vector<std::string> texts;
  for (const Row& row : rows.peek(kCalibrationItems, kMostRows)) {
    if (row.error) continue;
    images.push_back({row.id, row.image});
    if (!row.captions.empty() && !row.captions.front().empty())
      texts.push_back(row.captions.front());
  }
  return load_by(model, options, images, texts);
}

ChosenModel load_model(const std::filesystem::path& model, const ModelOptions& options,
                       std::span<const std::string> texts) {
  if (options.precision) return {Model::load(model, options), std::nullopt};
  return load_by(model, options, {},
                 texts.first(std::min<size_t>(texts.size(), kCalibrationItems)));
}

}  // namespace sightline
