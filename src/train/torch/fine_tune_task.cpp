#include "train/torch/fine_tune_task.h"

#include <ATen/core/grad_mode.h>
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "models/low_rank_adapter.h"
#include "models/prompt_adapter.h"
#include "train/augment.h"
#include "train/fine_tune/layout_writer.h"
#include "train/fine_tune/published_towers.h"
#include "train/torch/added_parameters.h"
#include "train/torch/autocast.h"
#include "train/torch/batches.h"
#include "train/torch/contrastive_loss.h"
#include "train/torch/contrastive_parts.h"
#include "train/torch/gradient_cache.h"
#include "train/torch/hard_negatives.h"
#include "train/torch/recall.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr const char* kLogitScale = "logit_scale";

constexpr double kLargestHalf = 65504;

// Rows of the training set as they are drawn for a step. Texts i * p … i * p + p - 1 are image i's.
struct DrawnBatch {
  std::vector<Image> images;
  std::vector<std::string> texts;
};

class FineTuneTask : public Task {
 public:
  explicit FineTuneTask(const TaskContext& context);

  bool trainable(const std::string& parameter) const override;
  double learning_rate_factor(const std::string& parameter) const override;
  std::vector<int64_t> epoch_samples(int64_t epoch) const override;
  at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) override;
  double add_gradients(std::span<const int64_t> rows, int64_t epoch) override;
  void after_step() override;
  std::vector<std::pair<std::string, double>> step_figures() const override;
  json evaluate() override;
  void check_exportable() const override;
  void export_model(int64_t steps) override;

 private:
  at::Tensor encode_images(std::span<const Image> images) const;
  at::Tensor encode_texts(std::span<const std::string> texts) const;
  std::array<ChunkedInputs, 2> inputs_of(const DrawnBatch& batch) const;
  DrawnBatch draw(std::span<const int64_t> rows, int64_t epoch);
  at::Tensor loss_of(const DrawnBatch& batch, std::span<const at::Tensor> vectors) const;
  template <typename Add>
  void for_each_changed(const Add& add) const;
  TowerTensors changed_tensors() const;
  void require_writable() const;

  PublishedModel model_;
  PublishedTowers towers_;
  std::unique_ptr<Tokenizer> tokenizer_;
  at::Tensor logit_scale_;
  double max_logit_scale_ = 0;
  int64_t prompt_ = 0;                               // vectors in front of every text
  bool trains_image_ = false, trains_text_ = false;  // any parameter of the tower
};

std::vector<std::string> names_of(const TorchOps& ops) {
  std::vector<std::string> names;
  for (const TorchParameter& parameter : ops.parameters()) names.push_back(parameter.name);
  return names;
}

std::vector<NamedTensor>& list_of(TowerTensors& tensors, Tower tower) {
  return tower == Tower::image  ? tensors.image
         : tower == Tower::text ? tensors.text
                                : tensors.shared;
}

FineTuneTask::FineTuneTask(const TaskContext& context)
    : Task(context),
      model_(std::get<PublishedModel>(context.recipe.model)),
      towers_(
          open_published_towers(model_.from, context.ops, [&] { return names_of(context.ops); })) {
  Tensor scale(Shape{}, DType::f32);
  *scale.data<float>() = towers_.logit_scale;
  logit_scale_ = torch_array(context.ops.parameter(kLogitScale, scale));
  towers_.places.add_shared(kLogitScale);
  // A published scale may be above the bound by its rounding.
  max_logit_scale_ = std::max(context.recipe.max_logit_scale,
                              std::exp(static_cast<double>(towers_.logit_scale)) * (1 + 1e-6));
  if (model_.method == FineTuneMethod::lora)
    add_low_rank(context.ops, model_.low_rank, towers_.places, context.recipe.seed);
  if (model_.method == FineTuneMethod::prompt) {
    prompt_ = model_.prompt_length;
    add_prompt(context.ops, model_, towers_, context.recipe.seed);
  }
  const bool heads = towers_.places.has_head(Tower::image) || towers_.places.has_head(Tower::text);
  if (model_.method == FineTuneMethod::projections && !heads) {
    throw Error(ErrorCode::unsupported, "the towers of '", model_.from,
                "' have no projection to train: choose another method");
  }
  tokenizer_ = towers_.tokenizer(towers_.context_length - prompt_);
  for (const TorchParameter& parameter : context.ops.parameters()) {
    if (!FineTuneTask::trainable(parameter.name)) continue;
    const Tower tower = towers_.places.at(parameter.name).tower;
    trains_image_ = trains_image_ || tower == Tower::image;
    trains_text_ = trains_text_ || tower == Tower::text;
  }
  require_writable();
}

// A scale that the files do not have must be found by every method.
bool FineTuneTask::trainable(const std::string& parameter) const {
  const bool needed = parameter == kLogitScale && !towers_.has_logit_scale;
  return Task::trainable(parameter) && (needed || towers_.places.trains(model_.method, parameter));
}

double FineTuneTask::learning_rate_factor(const std::string& parameter) const {
  return std::pow(model_.layer_decay, static_cast<double>(towers_.places.at(parameter).distance));
}

at::Tensor FineTuneTask::encode_images(std::span<const Image> images) const {
  return encode_unit_images(context_.ops, *towers_.image, images, towers_.preprocess);
}

// The prompt's ids follow the vocabulary's (TorchOps::add_prompt).
at::Tensor FineTuneTask::encode_texts(std::span<const std::string> texts) const {
  std::vector<TokenIds> tokens;
  for (const std::string& text : texts) {
    tokens.push_back(tokenizer_->encode(text));
    std::vector<int32_t> prompt;
    for (int64_t m = 0; m < prompt_; ++m)
      prompt.push_back(static_cast<int32_t>(towers_.vocab_size + m));
    std::vector<int32_t>& ids = tokens.back().ids;
    ids.insert(ids.begin() + 1, prompt.begin(), prompt.end());
  }
  return encode_unit_tokens(context_.ops, *towers_.text, tokens);
}

std::array<ChunkedInputs, 2> FineTuneTask::inputs_of(const DrawnBatch& batch) const {
  const auto chunk = [](const auto& all, int64_t begin, int64_t end) {
    return std::span(all).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  };
  return {{{static_cast<int64_t>(batch.images.size()),
            [&batch, chunk, this](int64_t begin, int64_t end) {
              const at::AutoGradMode graph(at::GradMode::is_enabled() && trains_image_);
              const Autocast autocast(context_.recipe.bf16);
              return encode_images(chunk(batch.images, begin, end));
            }},
           {static_cast<int64_t>(batch.texts.size()),
            [&batch, chunk, this](int64_t begin, int64_t end) {
              const at::AutoGradMode graph(at::GradMode::is_enabled() && trains_text_);
              const Autocast autocast(context_.recipe.bf16);
              return encode_texts(chunk(batch.texts, begin, end));
            }}}};
}

DrawnBatch FineTuneTask::draw(std::span<const int64_t> rows, int64_t epoch) {
  const Recipe& recipe = context_.recipe;
  const auto per_image = static_cast<size_t>(recipe.captions.per_image);
  DrawnBatch batch;
  batch.texts.resize(rows.size() * per_image);
  batch.images = augmented_images(
      context_, rows, epoch, static_cast<int>(model_.image_size), [&](size_t i, Random& random) {
        for (size_t p = 0; p < per_image; ++p) {
          batch.texts[i * per_image + p] =
              random_caption(row_of(context_.set, rows[i]), recipe.captions, random);
        }
      });
  // Small batches have poor statistics: only training of all weights adapts them. In chunks, a
  // vector must not depend on other rows.
  context_.ops.set_batch_statistics(model_.method == FineTuneMethod::full && recipe.chunk == 0);
  return batch;
}

// vectors: of images and texts
at::Tensor FineTuneTask::loss_of(const DrawnBatch& batch,
                                 std::span<const at::Tensor> vectors) const {
  const size_t per_image = batch.texts.size() / batch.images.size();
  std::map<std::string, int64_t> number;
  std::vector<int64_t> image, identity;
  for (size_t i = 0; i < batch.texts.size(); ++i) {
    image.push_back(static_cast<int64_t>(i / per_image));
    identity.push_back(
        number.emplace(batch.texts[i], static_cast<int64_t>(number.size())).first->second);
  }
  return contrastive_loss(vectors[0], vectors[1], {image, identity}, logit_scale_.exp(),
                          context_.recipe.label_smoothing);
}

at::Tensor FineTuneTask::batch_loss(std::span<const int64_t> rows, int64_t epoch) {
  const DrawnBatch batch = draw(rows, epoch);
  std::vector<at::Tensor> vectors;
  for (const ChunkedInputs& tower : inputs_of(batch))
    vectors.push_back(tower.encode(0, tower.count));
  return loss_of(batch, vectors);
}

double FineTuneTask::add_gradients(std::span<const int64_t> rows, int64_t epoch) {
  const DrawnBatch batch = draw(rows, epoch);
  return add_gradients_in_chunks(
      inputs_of(batch), context_.recipe.chunk,
      [&](std::span<const at::Tensor> vectors) { return loss_of(batch, vectors); });
}

// Hard negatives are those of the weights at the start of the epoch: first captions, and images
// without augmentation.
std::vector<int64_t> FineTuneTask::epoch_samples(int64_t epoch) const {
  std::vector<int64_t> samples = Task::epoch_samples(epoch);
  const Recipe& recipe = context_.recipe;
  if (recipe.hard_negatives == 0) return samples;
  const at::NoGradGuard no_grad;
  context_.ops.set_batch_statistics(false);
  constexpr Augmentation kNone = {.zoom = 0, .shift = 0, .rotate_deg = 0, .colour = 0};
  constexpr size_t kRows = 256;
  std::vector<at::Tensor> images, texts;
  for (size_t begin = 0; begin < samples.size(); begin += kRows) {
    const auto rows = std::span(samples).subspan(begin, std::min(kRows, samples.size() - begin));
    DrawnBatch batch;
    batch.images.resize(rows.size());
    Image buffer;
    for (size_t i = 0; i < rows.size(); ++i) {
      const TrainingRow& row = row_of(context_.set, rows[i]);
      Random random = row_random(recipe, epoch, rows[i]);
      augment(context_.images.get(row.image, buffer), static_cast<int>(model_.image_size), kNone,
              random, batch.images[i]);
      batch.texts.push_back(row.captions.front());
    }
    const auto towers = inputs_of(batch);
    images.push_back(towers[0].encode(0, towers[0].count).cpu());
    texts.push_back(towers[1].encode(0, towers[1].count).cpu());
  }
  return with_hard_negatives(samples, recipe.batch_size, recipe.hard_negatives, at::cat(images),
                             at::cat(texts));
}

void FineTuneTask::after_step() {
  if (trainable(kLogitScale)) clamp_logit_scale(logit_scale_, max_logit_scale_);
}

std::vector<std::pair<std::string, double>> FineTuneTask::step_figures() const {
  return logit_scale_figures(logit_scale_);
}

json FineTuneTask::evaluate() {
  return measure_recall(
      context_.held_out, context_.images,
      [&](std::span<const Image> images) { return encode_images(images); },
      [&](std::span<const std::string> texts) { return encode_texts(texts); });
}

// Calls add(tower, tensor) for the parameters that differ from the files', and for the running
// statistics.
template <typename Add>
void FineTuneTask::for_each_changed(const Add& add) const {
  const auto add_parameter = [&](const TorchParameter& parameter) {
    add(towers_.places.at(parameter.name).tower,
        NamedTensor{parameter.name, host_copy(parameter.value)});
  };
  const auto is_own = [&](const std::string& name) {
    const bool stored = name != kLogitScale || towers_.has_logit_scale;
    return stored && name != kPromptName && !is_low_rank(name) && !towers_.places.at(name).fixed;
  };
  for (const TorchParameter& parameter : context_.ops.parameters()) {
    const bool changed =
        FineTuneTask::trainable(parameter.name) || has_addition(towers_.source, parameter.name);
    if (is_own(parameter.name) && changed) add_parameter(parameter);
  }
  for (const TorchParameter& merged : context_.ops.merged_weights()) add_parameter(merged);
  for (NamedTensor& buffer : host_copies(context_.ops.buffers()))
    add(Tower::image, std::move(buffer));
}

TowerTensors FineTuneTask::changed_tensors() const {
  TowerTensors tensors;
  for_each_changed([&](Tower tower, NamedTensor tensor) {
    list_of(tensors, tower).push_back(std::move(tensor));
  });
  return tensors;
}

// One weight at a time, so that memory does not grow by the model's size.
void FineTuneTask::require_writable() const {
  const at::NoGradGuard no_grad;
  for_each_changed([&](Tower tower, NamedTensor tensor) {
    TowerTensors one;
    list_of(one, tower).push_back(std::move(tensor));
    require_in_layout(towers_.source, one);
  });
}

// Only values beyond the range of fp16 need a look at the files' types.
void FineTuneTask::check_exportable() const {
  const at::NoGradGuard no_grad;
  std::vector<TorchParameter> all = context_.ops.merged_weights();
  for (const TorchParameter& parameter : context_.ops.parameters()) {
    if (trainable(parameter.name)) all.push_back(parameter);
  }
  all.insert(all.end(), context_.ops.buffers().begin(), context_.ops.buffers().end());
  const bool fits = std::ranges::all_of(all, [](const TorchParameter& parameter) {
    return parameter.value.numel() == 0 ||
           parameter.value.abs().max().item<double>() <= kLargestHalf;
  });
  if (!fits) check_in_layout(towers_.source, changed_tensors());
}

void FineTuneTask::export_model(int64_t) {
  write_in_layout(towers_.source, changed_tensors(), context_.out);
  const std::filesystem::path folder = context_.out / "adapter";
  std::error_code ignored;  // of a run with another method
  for (const char* name :
       {kPromptFile, kPromptConfigFile, kAdapterConfigFile, "adapter_model.safetensors"})
    std::filesystem::remove(folder / name, ignored);
  if (model_.method == FineTuneMethod::prompt) export_prompt(context_.ops, model_, folder);
  // A pair is no model of PEFT.
  if (model_.method == FineTuneMethod::lora && towers_.source.checkpoint)
    export_low_rank(context_.ops, model_, folder);
}

}  // namespace

std::unique_ptr<Task> make_fine_tune_task(const TaskContext& context) {
  return std::make_unique<FineTuneTask>(context);
}

}  // namespace sightline
