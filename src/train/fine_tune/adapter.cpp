#include "train/fine_tune/adapter.h"

#include <sightline/error.h>
#include <sightline/model.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "base/random.h"
#include "eval/gather_rows.h"
#include "train/fine_tune/products.h"

namespace sightline {
namespace {

// Penalties on the distance from the identity, strongest first.
constexpr double kRidges[] = {0.1, 0.01, 0.003, 0.001, 0.0003, 0.0001};

constexpr uint64_t kBatches = 0x61646170;  // the purpose of a random generator

// Draws batches: images in random order, each with random ones of its texts.
class Batches {
 public:
  Batches(const RetrievalSet& set, const AdapterTraining& training)
      : set_(set), training_(training), texts_(static_cast<size_t>(set.images.rows)) {
    for (size_t t = 0; t < set.text_image.size(); ++t)
      texts_[static_cast<size_t>(set.text_image[t])].push_back(static_cast<int64_t>(t));
    for (int64_t i = 0; i < set.images.rows; ++i) order_.push_back(i);
    next_ = order_.size();
  }

  RetrievalSet next(Random& random) {
    const auto size = std::min(static_cast<size_t>(training_.batch_size), order_.size());
    if (next_ + size > order_.size()) {
      random.shuffle(order_);
      next_ = 0;
    }
    const std::vector<int64_t> images(order_.begin() + static_cast<std::ptrdiff_t>(next_),
                                      order_.begin() + static_cast<std::ptrdiff_t>(next_ + size));
    next_ += size;
    RetrievalSet batch;
    std::vector<int64_t> texts;
    for (size_t i = 0; i < images.size(); ++i) {
      std::vector<int64_t> own = texts_[static_cast<size_t>(images[i])];
      random.shuffle(own);
      own.resize(std::min(own.size(), static_cast<size_t>(training_.captions_per_image)));
      texts.insert(texts.end(), own.begin(), own.end());
      batch.text_image.resize(texts.size(), static_cast<int64_t>(i));
    }
    batch.images = gather_rows(set_.images, images);
    batch.texts = gather_rows(set_.texts, texts);
    return batch;
  }

 private:
  const RetrievalSet& set_;
  const AdapterTraining& training_;
  std::vector<std::vector<int64_t>> texts_;  // of each image
  std::vector<int64_t> order_;
  size_t next_ = 0;
};

// Adam with a cosine from the learning rate to 0 over the steps of one trial.
class Adam {
 public:
  explicit Adam(size_t size) : mean_(size), square_(size) {}

  void step(std::vector<float>& values, const std::vector<float>& gradient, double rate) {
    ++steps_;
    const double first = 1 - std::pow(kBeta1, steps_), second = 1 - std::pow(kBeta2, steps_);
    for (size_t i = 0; i < values.size(); ++i) {
      const double g = gradient[i];
      mean_[i] = kBeta1 * mean_[i] + (1 - kBeta1) * g;
      square_[i] = kBeta2 * square_[i] + (1 - kBeta2) * g * g;
      values[i] -= static_cast<float>(rate * (mean_[i] / first) /
                                      (std::sqrt(square_[i] / second) + kEpsilon));
    }
  }

 private:
  static constexpr double kBeta1 = 0.9, kBeta2 = 0.99, kEpsilon = 1e-8;
  std::vector<double> mean_, square_;
  int steps_ = 0;
};

double train_trial(AdapterMaps& maps, Batches& batches, const AdapterTraining& training,
                   const AdapterLoss& loss, int64_t steps, Random& random,
                   const std::function<void()>& on_step) {
  Adam image(maps.image.values.size()), text(maps.text.values.size());
  AdapterMaps gradient;
  double value = 0;
  for (int64_t step = 0; step < steps; ++step) {
    value = adapter_loss(batches.next(random), maps, loss, gradient);
    if (!std::isfinite(value)) {
      throw Error(ErrorCode::invalid_data, "the loss of the adapter is NaN or infinity at step ",
                  step + 1, " with a learning rate of ", training.learning_rate,
                  ": lower the learning rate");
    }
    const double part = static_cast<double>(step) / static_cast<double>(steps);
    const double rate = training.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * part));
    if (training.image) image.step(maps.image.values, gradient.image.values, rate);
    if (training.text) text.step(maps.text.values, gradient.text.values, rate);
    on_step();
  }
  return value;
}

}  // namespace

AdapterMaps identity_maps(int64_t dim) {
  AdapterMaps maps{Matrix(dim, dim), Matrix(dim, dim)};
  for (int64_t i = 0; i < dim; ++i) {
    for (Matrix* map : {&maps.image, &maps.text}) map->row(i)[static_cast<size_t>(i)] = 1;
  }
  return maps;
}

AdapterMaps interpolate_maps(const AdapterMaps& maps, double share) {
  AdapterMaps result = identity_maps(maps.image.dim);
  for (const auto& [to, from] :
       {std::pair{&result.image, &maps.image}, std::pair{&result.text, &maps.text}}) {
    for (size_t i = 0; i < to->values.size(); ++i)
      to->values[i] = static_cast<float>((1 - share) * to->values[i] + share * from->values[i]);
  }
  return result;
}

RetrievalSet apply_maps(const RetrievalSet& set, const AdapterMaps& maps) {
  RetrievalSet mapped;
  mapped.images = product(set.images, transposed(maps.image));
  mapped.texts = product(set.texts, transposed(maps.text));
  normalize_rows(mapped.images);
  normalize_rows(mapped.texts);
  mapped.text_image = set.text_image;
  mapped.text_identity = set.text_identity;
  return mapped;
}

AdapterResult train_adapter(const RetrievalSet& train, const RetrievalSet& validation,
                            const std::string& metric, const AdapterTraining& training,
                            const ProgressFn& progress) {
  AdapterResult result;
  AdapterMaps maps = identity_maps(train.images.dim);
  Batches batches(train, training);
  Random random{training.seed, kBatches};
  const int64_t batch = std::min(training.batch_size, train.images.rows);
  const int64_t steps =
      std::max(training.steps, training.epochs * (train.images.rows / std::max<int64_t>(1, batch)));
  const auto total = static_cast<int64_t>(std::size(kRidges)) * steps;
  const auto on_step = [&] {
    ++result.steps;
    if (progress) progress({"training the adapter", result.steps, total, "", ""});
  };
  std::vector<AdapterMaps> trained;
  std::vector<RatioStatistic> figures;
  size_t best = 0;
  for (const double ridge : kRidges) {
    AdapterTrial trial{ridge, 0, {}};
    trial.loss =
        train_trial(maps, batches, training, {training.logit_scale, ridge, training.smoothing},
                    steps, random, on_step);
    ChoiceFigures on_validation = choice_figures(apply_maps(validation, maps), metric);
    trial.validation = on_validation.value;
    if (!result.trials.empty() && trial.validation > result.trials[best].validation)
      best = result.trials.size();
    result.trials.push_back(trial);
    trained.push_back(maps);
    figures.push_back(std::move(on_validation.mrr));
  }
  // Of values that validation cannot tell apart, the strongest penalty changes the model least.
  while (!is_within_standard_error(figures[result.best], figures[best])) ++result.best;
  result.maps = std::move(trained[result.best]);
  return result;
}

}  // namespace sightline
