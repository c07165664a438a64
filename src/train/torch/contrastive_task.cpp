// CLIP: contrasts images and texts of a batch, with a learned temperature.
#include "train/torch/contrastive_task.h"

#include <sightline/tokenizer_training.h>

#include <nlohmann/json.hpp>

#include "models/clip_resnet.h"
#include "models/clip_vit.h"
#include "train/export.h"
#include "train/export_open_clip.h"
#include "train/initializer.h"
#include "train/torch/batches.h"
#include "train/torch/contrastive_parts.h"
#include "train/torch/recall.h"

namespace sightline {
namespace {

using nlohmann::json;

class ContrastiveTask : public Task {
 public:
  explicit ContrastiveTask(const TaskContext& context);

  at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) override;
  void after_step() override;
  std::vector<std::pair<std::string, double>> step_figures() const override;
  json evaluate() override;
  void export_model(int64_t steps) override;

 private:
  at::Tensor encode_images(std::span<const Image> images);
  at::Tensor encode_texts(std::span<const std::string> texts);

  ClipConfig config_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<ImageTower> image_;
  std::unique_ptr<TextTower> text_;
  at::Tensor logit_scale_;
};

ContrastiveTask::ContrastiveTask(const TaskContext& context)
    : Task(context), config_(std::get<ClipConfig>(context.recipe.model)) {
  const Recipe& recipe = context.recipe;
  // Training the tokenizer is deterministic, so every start makes the same one.
  BpeTrainerOptions bpe;
  bpe.vocab_size = static_cast<int>(recipe.tokenizer_vocab_size);
  bpe.min_frequency = static_cast<int>(recipe.tokenizer_min_frequency);
  bpe.context_length = static_cast<int>(config_.context_length);
  train_bpe(all_texts(context.set), bpe, context.out);
  tokenizer_ = load_tokenizer(context.out, static_cast<int>(config_.context_length));
  config_.vocab_size = tokenizer_->vocab_size();
  config_.eos_token_id = tokenizer_->end_id();

  ClipInitializer random(config_, recipe.seed);
  ParameterSource& source = initial_weights(random);
  WeightBuilder weights(source, &context.ops);
  if (config_.resnet) {
    image_ = std::make_unique<ClipResnetTower>(weights, config_);
  } else {
    image_ = std::make_unique<ClipImageTower>(weights, config_);
  }
  text_ = std::make_unique<ClipTextTower>(weights, config_);
  logit_scale_ = torch_array(weights.parameter(kLogitScaleName, {}));
  source.finish();
}

at::Tensor ContrastiveTask::encode_images(std::span<const Image> images) {
  return encode_unit_images(context_.ops, *image_, images);
}

at::Tensor ContrastiveTask::encode_texts(std::span<const std::string> texts) {
  return encode_unit_texts(context_.ops, *text_, *tokenizer_, texts);
}

// The mean of the cross-entropies in both directions (symmetric InfoNCE).
at::Tensor ContrastiveTask::batch_loss(std::span<const int64_t> rows, int64_t epoch) {
  const Recipe& recipe = context_.recipe;
  std::vector<std::string> texts(rows.size());
  const auto images = augmented_images(
      context_, rows, epoch, static_cast<int>(config_.image_size), [&](size_t i, Random& random) {
        texts[i] = random_caption(row_of(context_.set, rows[i]), recipe.captions, random);
      });
  const at::Tensor logits =
      at::matmul(encode_images(images), encode_texts(texts).t()) * logit_scale_.exp();
  const at::Tensor target =
      at::arange(static_cast<int64_t>(rows.size()), logits.options().dtype(at::kLong));
  const auto loss = [&](const at::Tensor& scores) {
    return at::cross_entropy_loss(scores, target, {}, at::Reduction::Mean, -100,
                                  recipe.label_smoothing);
  };
  return (loss(logits) + loss(logits.t())) / 2;
}

void ContrastiveTask::after_step() {
  clamp_logit_scale(logit_scale_, context_.recipe.max_logit_scale);
}

std::vector<std::pair<std::string, double>> ContrastiveTask::step_figures() const {
  return logit_scale_figures(logit_scale_);
}

json ContrastiveTask::evaluate() {
  return measure_recall(
      context_.held_out, context_.images,
      [&](std::span<const Image> images) { return encode_images(images); },
      [&](std::span<const std::string> texts) { return encode_texts(texts); });
}

void ContrastiveTask::export_model(int64_t steps) {
  const auto parameters = host_copies(context_.ops.parameters());
  if (config_.resnet) {
    export_open_clip(context_.out, config_, steps, parameters, host_copies(context_.ops.buffers()));
  } else {
    export_clip(context_.out, config_, tokenizer_->start_id(), parameters);
  }
}

}  // namespace

std::unique_ptr<Task> make_contrastive_task(const TaskContext& context) {
  return std::make_unique<ContrastiveTask>(context);
}

}  // namespace sightline
