#include "train/torch/trainer.h"

#include <ATen/core/grad_mode.h>
#include <sightline/error.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "train/augment.h"
#include "train/initializer.h"

namespace sightline {
namespace {

// What a generator of random numbers is for; part of its seed.
enum Purpose : uint64_t { kOrder = 1, kRow = 2 };

// Pictures are kept a little larger than the model sees them.
int stored_side(const Recipe& recipe) { return static_cast<int>(recipe.model.image_size * 5 / 4); }

}  // namespace

Trainer::Trainer(const TrainOptions& options, const ProgressFn& progress)
    : options_(options), progress_(progress), recipe_(read_recipe(options.recipe)) {
  if (!options_.dataset.empty()) recipe_.dataset = options_.dataset.string();
  if (recipe_.dataset.empty()) {
    throw Error(ErrorCode::invalid_argument, "neither the recipe nor the call names a data set");
  }
  open_folder();
  set_ = read_training_set(recipe_.dataset, recipe_.train_split, stored_side(recipe_), recipe_, progress_);
  for (const auto& split : recipe_.evaluate_splits) {
    evaluations_.push_back({split, read_training_set(recipe_.dataset, split, static_cast<int>(recipe_.model.image_size), recipe_, progress_)});
  }
  steps_per_epoch_ = static_cast<int64_t>(set_.rows.size()) / recipe_.batch_size;
  if (steps_per_epoch_ == 0) {
    throw Error(ErrorCode::invalid_argument, "batch_size is " + std::to_string(recipe_.batch_size) + ", the training split has only " +
                                                 std::to_string(set_.rows.size()) + " usable rows");
  }
  run_id_ = run_identity(recipe_, set_);
  if (options_.resume) check_checkpoint();
  build_model();
}

void Trainer::build_model() {
  // Training the tokenizer is deterministic: made anew at every start, it is the same.
  BpeTrainerOptions bpe;
  bpe.vocab_size = static_cast<int>(recipe_.tokenizer_vocab_size);
  bpe.min_frequency = static_cast<int>(recipe_.tokenizer_min_frequency);
  bpe.context_length = static_cast<int>(recipe_.model.context_length);
  train_bpe(all_texts(set_), bpe, options_.out);
  tokenizer_ = load_tokenizer(options_.out, static_cast<int>(recipe_.model.context_length));
  recipe_.model.vocab_size = tokenizer_->vocab_size();
  recipe_.model.eos_token_id = tokenizer_->end_id();

  ops_ = std::make_unique<TorchOps>(OpsOptions{"fp32", options_.device}, /*training=*/true);
  Initializer source(recipe_.model, recipe_.seed);
  WeightBuilder weights(source, ops_.get());
  image_ = std::make_unique<ClipImageTower>(weights, recipe_.model);
  text_ = std::make_unique<ClipTextTower>(weights, recipe_.model);
  logit_scale_ = torch_array(weights.parameter(kLogitScaleName, {}));
  optimizer_ = std::make_unique<AdamW>(ops_->parameters(), recipe_);
}

double Trainer::learning_rate(int64_t step) const {
  const auto warmup = static_cast<double>(recipe_.warmup_steps);
  const auto total = static_cast<double>(recipe_.epochs * steps_per_epoch_);
  const auto now = static_cast<double>(step);
  if (now < warmup) return recipe_.learning_rate * (now + 1) / warmup;
  const double part = (now - warmup) / std::max(1.0, total - warmup);
  const double low = recipe_.final_learning_rate;
  return recipe_.learning_rate * (low + (1 - low) * 0.5 * (1 + std::cos(std::numbers::pi * part)));
}

at::Tensor Trainer::encode_pictures(std::span<const Image> pictures) {
  const int64_t side = recipe_.model.image_size;
  PreprocessSpec spec;
  Tensor pixels({static_cast<int64_t>(pictures.size()), 3, side, side}, DType::f32);
  parallel_for(static_cast<int64_t>(pictures.size()), 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      normalize_pixels(pictures[static_cast<size_t>(i)], spec, pixels.data<float>() + i * 3 * side * side);
    }
  });
  const at::Tensor features = torch_array(image_->encode(*ops_, ops_->from_host(pixels)));
  return features / features.norm(2, -1, true).clamp_min(1e-12);
}

at::Tensor Trainer::encode_texts(std::span<const std::string> texts) {
  std::vector<TokenIds> tokens;
  size_t length = 0;
  for (const auto& text : texts) {
    tokens.push_back(tokenizer_->encode(text));
    length = std::max(length, tokens.back().ids.size());
  }
  Tensor ids({static_cast<int64_t>(texts.size()), static_cast<int64_t>(length)}, DType::i32);
  std::vector<int32_t> last;
  for (size_t b = 0; b < texts.size(); ++b) {
    const auto& row = tokens[b].ids;
    int32_t* to = ids.data<int32_t>() + b * length;
    std::fill(std::copy(row.begin(), row.end(), to), to + length, row.back());
    last.push_back(static_cast<int32_t>(row.size()) - 1);
  }
  const at::Tensor features = torch_array(text_->encode(*ops_, ops_->from_host(ids), last));
  return features / features.norm(2, -1, true).clamp_min(1e-12);
}

at::Tensor Trainer::batch_loss(std::span<const int64_t> rows) {
  std::vector<Image> pictures(rows.size());
  std::vector<std::string> texts(rows.size());
  parallel_for(static_cast<int64_t>(rows.size()), 4, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      // Each row's choices depend on seed, epoch and row alone: a resumed run makes the same ones.
      Random random{recipe_.seed, kRow, static_cast<uint64_t>(epoch_), static_cast<uint64_t>(rows[i])};
      const TrainingRow& row = set_.rows[static_cast<size_t>(rows[i])];
      augment(row.picture, static_cast<int>(recipe_.model.image_size), recipe_.augmentation, random, pictures[i]);
      texts[i] = random_caption(row, recipe_.captions, random);
    }
  });
  const at::Tensor logits =
      at::matmul(encode_pictures(pictures), encode_texts(texts).t()) * logit_scale_.exp();
  const at::Tensor target = at::arange(static_cast<int64_t>(rows.size()), logits.options().dtype(at::kLong));
  const auto loss = [&](const at::Tensor& scores) {
    return at::cross_entropy_loss(scores, target, {}, at::Reduction::Mean, -100, recipe_.label_smoothing);
  };
  return (loss(logits) + loss(logits.t())) / 2;
}

// The parameter itself is kept in bounds, not only what the loss sees, so that what is exported is
// what was trained.
void Trainer::clamp_temperature() {
  const at::NoGradGuard no_grad;
  logit_scale_.clamp_max_(std::log(recipe_.max_logit_scale));
}

double Trainer::train_epoch() {
  std::vector<int64_t> order(set_.rows.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  Random random{recipe_.seed, kOrder, static_cast<uint64_t>(epoch_)};
  random.shuffle(order);
  double sum = 0;
  for (int64_t i = 0; i < steps_per_epoch_; ++i) {
    const auto started = std::chrono::steady_clock::now();
    const int64_t step = epoch_ * steps_per_epoch_ + i;
    const at::Tensor loss = batch_loss(std::span(order).subspan(static_cast<size_t>(i * recipe_.batch_size), static_cast<size_t>(recipe_.batch_size)));
    loss.backward();
    const double rate = learning_rate(step);
    const double norm = optimizer_->step(rate);
    clamp_temperature();
    const auto value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw Error(ErrorCode::invalid_data, "the loss is no longer a finite number at step " + std::to_string(step) +
                                               " (learning rate " + std::to_string(rate) + "): the last checkpoint is unharmed");
    }
    sum += value;
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    char line[256];
    std::snprintf(line, sizeof line, "{\"step\": %lld, \"epoch\": %lld, \"loss\": %.5f, \"lr\": %.6g, \"gradient_norm\": %.4f, \"logit_scale\": %.4f, \"seconds\": %.1f}",
                  static_cast<long long>(step + 1), static_cast<long long>(epoch_ + 1), value, rate, norm,
                  std::exp(logit_scale_.item<double>()), seconds_);
    log(line);
    std::snprintf(line, sizeof line, "epoch %lld  loss %.3f", static_cast<long long>(epoch_ + 1), value);
    if (progress_) progress_({"training", step + 1, recipe_.epochs * steps_per_epoch_, line});
  }
  return sum / static_cast<double>(steps_per_epoch_);
}

TrainResult Trainer::run() {
  if (options_.resume) load_checkpoint();
  open_log();
  const int64_t stop = options_.stop_after_epochs < 0 ? recipe_.epochs : std::min(recipe_.epochs, options_.stop_after_epochs);
  while (epoch_ < stop) {
    loss_ = train_epoch();
    ++epoch_;
    if (!evaluations_.empty() && (epoch_ % recipe_.evaluate_every_epochs == 0 || epoch_ == recipe_.epochs)) log(evaluate());
    save_checkpoint();
  }
  if (epoch_ == recipe_.epochs) export_weights();
  return {epoch_, epoch_ * steps_per_epoch_, epoch_ == recipe_.epochs, loss_, seconds_,
          static_cast<int64_t>(set_.rows.size()), set_.skipped};
}

}  // namespace sightline
