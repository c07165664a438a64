#include "train/torch/trainer.h"

#include <ATen/core/grad_mode.h>
#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/file.h"
#include "base/stage.h"
#include "base/text.h"
#include "data/readers/folder.h"
#include "models/finite_weights.h"
#include "train/excluded_subjects.h"
#include "train/torch/pair_task.h"

namespace sightline {
namespace {

// Images are stored a little larger than the model's input. 0: the model reads no images.
int stored_side(const Recipe& recipe) {
  return static_cast<int>(recipe.image_size() * 5 / 4);
}

// A published model's own preprocessing.
PreprocessSpec preprocess_of(const Recipe& recipe) {
  const auto* published = std::get_if<PublishedModel>(&recipe.model);
  return published == nullptr ? PreprocessSpec{} : published->preprocess;
}

std::string name_of(const std::filesystem::path& dataset) {
  return (dataset.has_filename() ? dataset : dataset.parent_path()).filename().string();
}

// `epochs`: finished ones.
std::string kept_text(int64_t epochs) {
  return epochs == 0 ? "no epoch is complete"
                     : message("the checkpoint of epoch ", epochs, " is kept");
}

std::string four_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

// The main figure of each split of an evaluation's line: ", test R@1 0.4167, novel R@1 0.2500".
std::string evaluation_text(const nlohmann::json& line) {
  std::string text;
  for (const auto& splits : line) {
    if (!splits.is_object()) continue;
    for (const auto& [split, figures] : splits.items()) {
      for (const char* name : {"R@1", "accuracy", "top-1"}) {
        if (!figures.is_object() || !figures.contains(name)) continue;
        text += ", " + split + " " + name + " " + four_digits(figures[name].get<double>());
      }
    }
  }
  return text;
}

struct Figure {
  const char* name;
  double value;
};

// The figure that early stopping compares: of the first split, larger is better.
Figure main_figure(const nlohmann::json& line, const std::string& split) {
  for (const auto& splits : line) {
    if (!splits.is_object() || !splits.contains(split)) continue;
    for (const char* name : {"MRR", "accuracy", "top-1"}) {
      if (splits[split].contains(name)) return {name, splits[split][name].get<double>()};
    }
  }
  throw Error(ErrorCode::internal, "an evaluation without a main figure");
}

}  // namespace

Trainer::Trainer(const TrainOptions& options, const ProgressFn& progress)
    : options_(options), progress_(progress), recipe_(read_recipe(options.recipe)) {
  if (!options_.dataset.empty()) {
    recipe_.datasets.resize(1);
    recipe_.datasets[0].path = options_.dataset.string();
    recipe_.datasets[0].weight = 1;
  }
  if (recipe_.datasets[0].path.empty()) {
    throw Error(ErrorCode::invalid_argument, "neither the recipe nor the call names a data set");
  }
  resolve_models(recipe_);
  open_folder();
  read_rows();
  const Stage stage(progress_, "preparing the model");
  run_id_ = run_identity(recipe_, set_, *images_, open_pair_models());
  if (options_.resume) check_checkpoint();
  ops_ =
      std::make_unique<TorchOps>(OpsOptions{Precision::fp32, options_.device}, /*training=*/true);
  ops_->set_recomputes_layers(recipe_.checkpointing);
  if (!recipe_.initial_weights.empty()) {
    initial_ = open_model(recipe_.initial_weights);
    if (!initial_.parameters) {
      throw Error(ErrorCode::invalid_data, "the recipe's 'initial_weights' '",
                  recipe_.initial_weights, "' is a pair, expected a model with weights of its own");
    }
  }
  std::error_code ignored;
  const bool starts_anew = !options_.resume || !std::filesystem::exists(checkpoint_path(), ignored);
  const bool is_pair = std::holds_alternative<PairModel>(recipe_.model);
  if (starts_anew && !is_pair) remove_old_model();
  task_ =
      make_task({recipe_, set_, held_out_, *images_, options_.out, *ops_, initial_.parameters.get(),
                 locked_text_ ? &*locked_text_ : nullptr, options_.cache, progress_});
  if (starts_anew && is_pair) remove_old_model();  // nothing was written yet
  if (initial_.checkpoint)
    require_finite_weights(*initial_.checkpoint, scan_checkpoint(*initial_.checkpoint),
                           initial_.parameters.get());
  trained_ = trained_parameters(*task_, *ops_, recipe_);
  std::vector<double> rate_factors;
  for (const TorchParameter& p : trained_)
    rate_factors.push_back(task_->learning_rate_factor(p.name));
  optimizer_ = std::make_unique<AdamW>(trained_, rate_factors, recipe_);
  if (recipe_.average_decay > 0)
    average_ = std::make_unique<WeightAverage>(evaluated(), recipe_.average_decay);
  if (recipe_.patience > 0) {
    if (held_out_.empty())
      throw Error(ErrorCode::invalid_data, "'patience' needs 'evaluate_splits', found none");
    best_ = std::make_unique<BestWeights>(evaluated(), recipe_.patience);
  }
}

std::vector<TorchParameter> Trainer::evaluated() const {
  std::vector<TorchParameter> tensors = trained_;
  tensors.insert(tensors.end(), ops_->buffers().begin(), ops_->buffers().end());
  return tensors;
}

// Returns the fingerprints of models that are part of the run and not of its recipe's text.
std::string Trainer::open_pair_models() {
  ModelOptions shapes;
  shapes.load_image_tower = shapes.load_text_tower = false;
  if (const auto* published = std::get_if<PublishedModel>(&recipe_.model))
    return Model::load(published->from, shapes).info().fingerprint;
  const auto* pair = std::get_if<PairModel>(&recipe_.model);
  if (pair == nullptr) return "";
  if (pair->text_locked) locked_text_ = load_locked_text(pair->text);
  std::string fingerprints = locked_text_ ? locked_text_->info().fingerprint
                                          : Model::load(pair->text, shapes).info().fingerprint;
  if (!pair->image.from.empty())
    fingerprints += " " + Model::load(pair->image.from, shapes).info().fingerprint;
  return fingerprints;
}

void Trainer::read_rows_of(size_t index, const ExcludedSubjects& subjects) {
  const RecipeDataset& dataset = recipe_.datasets[index];
  const RunRows rows = choose_rows(dataset, options_);
  const PreprocessSpec preprocess = preprocess_of(recipe_);
  TrainingSet set =
      read_training_set(dataset.path, rows.train, {images_.get(), stored_side(recipe_), preprocess},
                        recipe_, progress_);
  exclude_rows(dataset, subjects, set.rows);
  for (TrainingRow& row : set.rows) {
    row.weight = dataset.weight;
    set_.rows.push_back(std::move(row));
  }
  std::ranges::move(set.skipped, std::back_inserter(set_.skipped));
  for (const auto& [name, selection] : rows.evaluate) {
    const auto side = static_cast<int>(recipe_.image_size());
    std::string label = recipe_.datasets.size() == 1 ? name : name_of(dataset.path) + " " + name;
    const auto is_taken = [&](const HeldOut& other) { return other.split == label; };
    if (std::ranges::any_of(held_out_, is_taken)) label = dataset.path + " " + name;
    held_out_.push_back({label,
                         read_training_set(dataset.path, selection,
                                           {images_.get(), side, preprocess}, recipe_, progress_),
                         index});
  }
}

void Trainer::exclude_rows(const RecipeDataset& dataset, const ExcludedSubjects& subjects,
                           std::vector<TrainingRow>& rows) {
  const int64_t excluded = remove_excluded(subjects, rows);
  excluded_ += excluded;
  if (!progress_ || excluded == 0) return;
  progress_({"reading images", 0, -1, "",
             message("left out ", excluded, " rows of '", dataset.path,
                     "' that show a subject of 'exclude_subjects'")});
}

void Trainer::report_images() const {
  if (!progress_ || images_->file_bytes() == 0) return;
  const int64_t file = images_->file_bytes(), all = file + images_->memory_bytes();
  progress_(
      {"reading images", 0, -1, "",
       message("the preprocessed images take ", all >> 20, " MiB, of which ", file >> 20,
               " MiB are in a temporary file in ", quoted(options_.out), " (--image-memory)")});
}

void Trainer::read_rows() {
  images_ = std::make_unique<ImageStore>(options_.out,
                                         options_.image_memory.value_or(default_image_memory()));
  std::vector<ExcludedSubjects> subjects;  // before images, which take longer: may be misspelled
  for (const RecipeDataset& dataset : recipe_.datasets)
    subjects.push_back(read_excluded_subjects(recipe_, dataset));
  for (size_t i = 0; i < recipe_.datasets.size(); ++i) read_rows_of(i, subjects[i]);
  report_images();
  steps_per_epoch_ = rows_per_epoch(set_) / recipe_.batch_size;
  if (steps_per_epoch_ == 0) {
    throw Error(ErrorCode::invalid_argument, "batch_size is ", recipe_.batch_size,
                ", the training split has only ", set_.rows.size(),
                " usable rows: lower 'batch_size' in a copy of the recipe");
  }
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

void Trainer::read_ahead(std::span<const int64_t> samples) const {
  for (const int64_t sample : samples) {
    const TrainingRow& row = row_of(set_, sample);
    if (row.image >= 0) images_->read_ahead(row.image);
  }
}

double Trainer::train_epoch() {
  const std::vector<int64_t> order = task_->epoch_samples(epoch_);
  const auto batch = static_cast<size_t>(recipe_.batch_size);
  double sum = 0;
  for (int64_t i = 0; i < steps_per_epoch_; ++i) {
    const auto started = std::chrono::steady_clock::now();
    const int64_t step = epoch_ * steps_per_epoch_ + i;
    const std::span<const int64_t> rest = std::span(order).subspan(static_cast<size_t>(i) * batch);
    read_ahead(rest.subspan(batch, std::min(batch, rest.size() - batch)));
    const double rate = learning_rate(step);
    const double value = task_->add_gradients(rest.first(batch), epoch_);
    if (!std::isfinite(value)) throw_diverged("the loss", step, rate);
    const double norm = optimizer_->step(rate);
    if (!std::isfinite(norm)) throw_diverged("the norm of the gradient", step, rate);
    task_->after_step();
    if (average_) average_->update(step);
    sum += value;
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    log_step(step, value, rate, norm);
    char line[64];
    std::snprintf(line, sizeof line, "epoch %lld  loss %.3f", static_cast<long long>(epoch_ + 1),
                  value);
    if (progress_) progress_({"training", step + 1, recipe_.epochs * steps_per_epoch_, line, ""});
  }
  require_finite_state();
  return sum / static_cast<double>(steps_per_epoch_);
}

void Trainer::throw_diverged(const std::string& what, int64_t step, double rate) const {
  throw Error(ErrorCode::invalid_data, what, " is NaN or infinity at step ", step + 1,
              " (learning rate ", rate, "), so training stops; ", kept_text(epoch_),
              ": lower the learning rate and start anew (--fresh)");
}

// The last step of an epoch may make a parameter overflow, which only the next loss would show.
void Trainer::require_finite_state() const {
  const int64_t last = (epoch_ + 1) * steps_per_epoch_ - 1;
  const auto check = [&](const TorchParameter& tensor, const char* kind) {
    if (!tensor.value.isfinite().all().item<bool>())
      throw_diverged(message("the ", kind, " '", tensor.name, "'"), last, learning_rate(last));
  };
  for (const TorchParameter& parameter : trained_) check(parameter, "parameter");
  for (const TorchParameter& buffer : ops_->buffers()) check(buffer, "buffer");
  try {
    task_->check_exportable();
  } catch (const Error& error) {
    throw Error(error.code(), error.what(), " after epoch ", epoch_ + 1, ", so training stops; ",
                kept_text(epoch_), ": lower the learning rate and start anew (--fresh)");
  }
}

void Trainer::log_step(int64_t step, double loss, double rate, double gradient_norm) const {
  char text[256];
  std::snprintf(
      text, sizeof text,
      "{\"step\": %lld, \"epoch\": %lld, \"loss\": %.5f, \"lr\": %.6g, \"gradient_norm\": %.4f",
      static_cast<long long>(step + 1), static_cast<long long>(epoch_ + 1), loss, rate,
      gradient_norm);
  std::string line = text;
  for (const auto& [name, value] : task_->step_figures()) {
    std::snprintf(text, sizeof text, ", \"%s\": %.4f", name.c_str(), value);
    line += text;
  }
  std::snprintf(text, sizeof text, ", \"seconds\": %.1f}", seconds_);
  log(line + text);
}

std::string Trainer::evaluate() {
  const at::NoGradGuard no_grad;
  const AverageInPlace average(average_.get());
  ops_->set_batch_statistics(false);
  nlohmann::json line = task_->evaluate();
  ops_->set_batch_statistics(true);
  std::string text = evaluation_text(line);
  if (best_) {
    const Figure figure = main_figure(line, held_out_.front().split);
    best_->offer(figure.value, epoch_);
    compared_ = figure.name;
    const std::string value = message(" ", figure.name, " ", four_digits(figure.value));
    if (!text.ends_with(value)) text += ", " + held_out_.front().split + value;
  }
  line["step"] = epoch_ * steps_per_epoch_;
  line["epoch"] = epoch_;
  log(line.dump());
  return text;
}

void Trainer::report(const std::string& event) const {
  if (progress_)
    progress_(
        {"training", epoch_ * steps_per_epoch_, recipe_.epochs * steps_per_epoch_, "", event});
}

// `seconds`: since this run began with epoch `first`.
std::string Trainer::epoch_text(int64_t first, double seconds, const std::string& figures) const {
  const auto done = static_cast<double>(epoch_ - first);
  const double left = seconds / done * static_cast<double>(recipe_.epochs - epoch_);
  char text[128];
  std::snprintf(text, sizeof text, "epoch %lld of %lld: loss %.4f", static_cast<long long>(epoch_),
                static_cast<long long>(recipe_.epochs), loss_);
  const double images = done * static_cast<double>(steps_per_epoch_ * recipe_.batch_size);
  char rest[128];
  std::snprintf(rest, sizeof rest, ", %.0f rows/s, %s elapsed, %s left", images / seconds,
                duration_text(seconds).c_str(), duration_text(left).c_str());
  return text + figures + rest;
}

bool Trainer::is_finished() const {
  return epoch_ == recipe_.epochs || (best_ && best_->exhausted());
}

void Trainer::export_model() {
  const Stage stage(progress_, "writing the model");
  if (best_) best_->restore();
  const AverageInPlace average(best_ ? nullptr : average_.get());  // the best are averages already
  task_->export_model(epoch_ * steps_per_epoch_);
  write_file_atomic(options_.out / "recipe.json", recipe_.text);
}

TrainResult Trainer::run() {
  if (options_.resume && load_checkpoint()) {
    const std::string from = " from '" + checkpoint_path().string() + "'";
    report(is_finished() ? message("all ", epoch_, " epochs are finished", from)
                         : message("resumes at epoch ", epoch_ + 1, " of ", recipe_.epochs, from,
                                   ", after ", duration_text(seconds_), " of training"));
  }
  open_log();
  const auto started = std::chrono::steady_clock::now();
  const int64_t first = epoch_;
  const int64_t stop = options_.stop_after_epochs < 0
                           ? recipe_.epochs
                           : std::min(recipe_.epochs, options_.stop_after_epochs);
  if (best_ && epoch_ == 0) report("before training" + evaluate());
  while (epoch_ < stop && !is_finished()) {
    loss_ = train_epoch();
    ++epoch_;
    std::string figures;
    if (!held_out_.empty() &&
        (epoch_ % recipe_.evaluate_every_epochs == 0 || epoch_ == recipe_.epochs))
      figures = evaluate();
    save_checkpoint();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    report(epoch_text(first, seconds.count(), figures));
  }
  if (best_ && best_->exhausted() && epoch_ < recipe_.epochs) {
    report(message("stopped after epoch ", epoch_, ": ", counted(recipe_.patience, "evaluation"),
                   " without a higher ", compared_.empty() ? "figure" : compared_,
                   " than after epoch ", best_->epoch()));
  }
  if (is_finished()) export_model();
  return {epoch_,
          epoch_ * steps_per_epoch_,
          is_finished(),
          loss_,
          seconds_,
          static_cast<int64_t>(set_.rows.size()),
          set_.skipped,
          excluded_,
          best_ ? best_->epoch() : epoch_};
}

}  // namespace sightline
