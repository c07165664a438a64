#include <sightline/error.h>
#include <sightline/precision.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "ops/ops.h"

namespace sightline {
namespace {

struct Vectors {
  Matrix images, texts;
  std::vector<bool> decoded;
};

Vectors encode(const std::filesystem::path& path, ModelOptions options, Precision precision,
               std::span<const ImageInput> images, std::span<const std::string> texts) {
  options.precision = precision;
  const Model model = Model::load(path, options);
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

// Of unit rows. A row that is no number has no cosine: -1.
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
  PrecisionChoice choice;
  choice.backend = options.backend;
  const auto fast = fast_precisions(options.backend);
  if (fast.empty()) {
    choice.images = static_cast<int64_t>(images.size());
    choice.texts = static_cast<int64_t>(texts.size());
    return choice;
  }
  const Vectors exact = encode(model, options, Precision::fp32, images, texts);
  choice.images = std::count(exact.decoded.begin(), exact.decoded.end(), true);
  choice.texts = exact.texts.rows;
  if (choice.images + choice.texts == 0) return choice;
  for (const Precision precision : fast) {
    const Vectors vectors = encode(model, options, precision, images, texts);
    const double cosine = std::min(least_cosine(exact.images, vectors.images, exact.decoded),
                                   least_cosine(exact.texts, vectors.texts, {}));
    choice.trials.push_back({precision, cosine, cosine >= kLeastCosine});
    if (choice.trials.back().accepted) {
      choice.precision = precision;
      break;
    }
  }
  return choice;
}

}  // namespace sightline
