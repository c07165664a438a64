// A pair: an image tower that learns the vectors of a given text tower, which is locked, or trained
// as well. Source of the idea of a locked tower: Zhai et al. 2022, "LiT".
#include "train/torch/pair_task.h"

#include <sightline/encode.h>
#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "models/pair_spec.h"
#include "models/towers.h"
#include "train/export_pair.h"
#include "train/image_start.h"
#include "train/initializer.h"
#include "train/locked_texts.h"
#include "train/torch/batches.h"
#include "train/torch/contrastive_parts.h"
#include "train/torch/pair_loss.h"
#include "train/torch/recall.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr const char* kLogitScale = "logit_scale";
constexpr double kInitialLogitScale = 2.659260036932778;  // ln(1 / 0.07), as CLIP's

// The purpose of a random generator, part of its seed (batches.cpp has others).
constexpr uint64_t kBank = 4;

at::Tensor to_torch(const Matrix& matrix) {
  at::Tensor array = at::empty({matrix.rows, matrix.dim}, at::kFloat);
  std::memcpy(array.data_ptr<float>(), matrix.values.data(), matrix.values.size() * sizeof(float));
  return array;
}

ModelOptions text_only() {
  ModelOptions options;
  options.load_image_tower = false;
  return options;
}

// The text tower of a pair under training.
class TextSide {
 public:
  virtual ~TextSide() = default;
  virtual int64_t dim() const = 0;
  // The vectors of some rows' texts, `per_image` of each, image by image, unit length.
  // `texts[i * per_image + p]` chooses them, a number in [0, 1).
  virtual at::Tensor of_rows(std::span<const int64_t> rows, std::span<const double> choice) = 0;
  virtual at::Tensor of_texts(std::span<const std::string> texts) = 0;
};

// Encoded once by the cpu backend.
class LockedText : public TextSide {
 public:
  explicit LockedText(const TaskContext& context)
      : recipe_(context.recipe), set_(context.set), model_(*context.locked_text) {
    options_.cache = context.text_cache;
    options_.progress = context.progress;
    const LockedTexts locked = lock_texts(
        context.set, recipe_, [&](std::span<const std::string> texts) { return encode(texts); });
    of_row_ = locked.of_row;
    vectors_ = to_torch(locked.vectors).to(context.ops.device());
    means_ = to_torch(locked.means).to(context.ops.device());
    options_.progress = {};
  }

  int64_t dim() const override { return vectors_.size(1); }

  at::Tensor of_rows(std::span<const int64_t> rows, std::span<const double> choice) override {
    const auto per_image = choice.size() / rows.size();
    const double mean = recipe_.captions.mean;
    std::vector<int64_t> text, mean_rows, mean_places;
    for (size_t i = 0; i < choice.size(); ++i) {
      const int64_t row = row_index(set_, rows[i / per_image]);
      const std::vector<int64_t>& own = of_row_[static_cast<size_t>(row)];
      if (choice[i] < mean) {
        mean_rows.push_back(row);
        mean_places.push_back(static_cast<int64_t>(i));
        text.push_back(own.front());
        continue;
      }
      const double rest = (choice[i] - mean) / (1 - mean) * static_cast<double>(own.size());
      text.push_back(own[std::min(own.size() - 1, static_cast<size_t>(rest))]);
    }
    at::Tensor result = vectors_.index_select(0, index(text));
    if (!mean_rows.empty())
      result.index_copy_(0, index(mean_places), means_.index_select(0, index(mean_rows)));
    return result;
  }

  at::Tensor of_texts(std::span<const std::string> texts) override {
    return to_torch(encode(texts)).to(vectors_.device());
  }

  // (M, D): vectors of texts of all rows, drawn with replacement.
  at::Tensor bank(int64_t size, Random random) const {
    std::vector<int64_t> texts;
    for (int64_t i = 0; i < size; ++i)
      texts.push_back(static_cast<int64_t>(random.below(static_cast<uint64_t>(vectors_.size(0)))));
    return vectors_.index_select(0, index(texts));
  }

 private:
  at::Tensor index(const std::vector<int64_t>& values) const {
    return at::tensor(values, at::kLong).to(vectors_.device());
  }
  Matrix encode(std::span<const std::string> texts) const {
    return encode_text_rows(texts, model_, options_).vectors;
  }

  const Recipe& recipe_;
  const TrainingSet& set_;
  const Model& model_;
  EncodeOptions options_;
  at::Tensor vectors_, means_;
  std::vector<std::vector<int64_t>> of_row_;
};

// A tower of the torch backend, whose parameters are trained.
class TrainedText : public TextSide {
 public:
  TrainedText(const TaskContext& context, const PairModel& pair)
      : context_(context), source_(open_model(pair.text)) {
    if (!source_.tokenizer || !source_.parameters) {
      throw Error(ErrorCode::invalid_data, "the recipe's text model '", pair.text,
                  "' has no text tower with weights of its own");
    }
    require_exportable_text(source_);
    if (pair.text_random)
      source_.parameters = std::make_unique<BertInitializer>(context.recipe.seed);
    LoadedModel loaded = load_towers(source_, context.ops, text_only());
    dim_ = loaded.info.embedding_dim;
    tower_ = std::move(loaded.text);
    tokenizer_ = source_.tokenizer(static_cast<int>(loaded.info.context_length));
  }

  int64_t dim() const override { return dim_; }
  const ModelSource& source() const { return source_; }

  at::Tensor of_rows(std::span<const int64_t> rows, std::span<const double> choice) override {
    const auto per_image = choice.size() / rows.size();
    std::vector<std::string> texts;
    for (size_t i = 0; i < choice.size(); ++i) {
      uint64_t key = 0;
      std::memcpy(&key, &choice[i], sizeof key);
      Random random{context_.recipe.seed, key};
      texts.push_back(random_caption(row_of(context_.set, rows[i / per_image]),
                                     context_.recipe.captions, random));
    }
    return of_texts(texts);
  }

  at::Tensor of_texts(std::span<const std::string> texts) override {
    return encode_unit_texts(context_.ops, *tower_, *tokenizer_, texts);
  }

 private:
  TaskContext context_;
  ModelSource source_;
  int64_t dim_ = 0;
  std::unique_ptr<TextTower> tower_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

class PairTask : public Task {
 public:
  explicit PairTask(const TaskContext& context);

  double learning_rate_factor(const std::string& parameter) const override;
  at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) override;
  void after_step() override;
  std::vector<std::pair<std::string, double>> step_figures() const override;
  json evaluate() override;
  void export_model(int64_t steps) override;

 private:
  at::Tensor encode_images(std::span<const Image> images);

  PairModel pair_;
  std::unique_ptr<TextSide> text_;
  LockedText* locked_ = nullptr;  // one of these two is text_
  TrainedText* trained_ = nullptr;
  size_t text_parameters_ = 0;  // the backend's first ones
  std::unique_ptr<ImageTower> image_;
  PreprocessSpec pixels_;  // normalizes the images
  at::Tensor logit_scale_;
  std::vector<int64_t> subject_;  // of each row
};

// Rows with the same first caption are of one subject.
std::vector<int64_t> subjects_of(const TrainingSet& set) {
  std::map<std::string, int64_t> number;
  std::vector<int64_t> subjects;
  for (const TrainingRow& row : set.rows) {
    subjects.push_back(
        number.emplace(row.captions.front(), static_cast<int64_t>(number.size())).first->second);
  }
  return subjects;
}

PairTask::PairTask(const TaskContext& context)
    : Task(context),
      pair_(std::get<PairModel>(context.recipe.model)),
      subject_(subjects_of(context.set)) {
  if (pair_.text_locked) {
    auto text = std::make_unique<LockedText>(context);
    locked_ = text.get();
    text_ = std::move(text);
  } else {
    auto text = std::make_unique<TrainedText>(context, pair_);
    trained_ = text.get();
    text_ = std::move(text);
  }
  text_parameters_ = context.ops.parameters().size();
  std::visit([&](auto& config) { config.classes = text_->dim(); }, pair_.image.sizes);
  const ImageStart start = open_image_start(pair_.image, context.recipe.seed);
  pixels_ = start.pixels;
  ParameterSource& source = initial_weights(start.weights());
  WeightBuilder weights(source, &context.ops);
  image_ = make_image_tower(weights, pair_.image.sizes);
  source.finish();
  Tensor scale(Shape{}, DType::f32);
  *scale.data<float>() = static_cast<float>(kInitialLogitScale);
  logit_scale_ = torch_array(context.ops.parameter(kLogitScale, scale));
}

double PairTask::learning_rate_factor(const std::string& parameter) const {
  const auto& all = context_.ops.parameters();
  for (size_t i = 0; i < text_parameters_; ++i) {
    if (all[i].name == parameter) return pair_.text_learning_rate;
  }
  return 1;
}

at::Tensor PairTask::encode_images(std::span<const Image> images) {
  return encode_unit_images(context_.ops, *image_, images, pixels_);
}

at::Tensor PairTask::batch_loss(std::span<const int64_t> rows, int64_t epoch) {
  const Recipe& recipe = context_.recipe;
  const auto per_image = static_cast<size_t>(recipe.captions.per_image);
  std::vector<double> choice(rows.size() * per_image);
  const auto images =
      augmented_images(context_, rows, epoch, static_cast<int>(pair_.image.image_size()),
                       [&](size_t i, Random& random) {
                         for (size_t p = 0; p < per_image; ++p)
                           choice[i * per_image + p] = random.uniform();
                       });
  std::vector<int64_t> subjects;
  for (const int64_t row : rows)
    subjects.push_back(subject_[static_cast<size_t>(row_index(context_.set, row))]);
  PairBatch batch;
  batch.texts = text_->of_rows(rows, choice);
  batch.images = encode_images(images);
  batch.subjects = at::tensor(subjects, at::kLong).to(batch.images.device());
  batch.scale = logit_scale_.exp();
  if (recipe.pair_loss.bank_weight > 0) {
    batch.bank = locked_->bank(recipe.pair_loss.bank_size,
                               Random{recipe.seed, kBank, static_cast<uint64_t>(epoch),
                                      static_cast<uint64_t>(rows.front())});
  }
  return pair_loss(batch, recipe.pair_loss);
}

void PairTask::after_step() {
  clamp_logit_scale(logit_scale_, context_.recipe.max_logit_scale);
}

std::vector<std::pair<std::string, double>> PairTask::step_figures() const {
  return logit_scale_figures(logit_scale_);
}

json PairTask::evaluate() {
  return measure_recall(
      context_.held_out, context_.images,
      [&](std::span<const Image> images) { return encode_images(images); },
      [&](std::span<const std::string> texts) { return text_->of_texts(texts); });
}

void PairTask::export_model(int64_t steps) {
  std::vector<NamedTensor> text, image;
  const auto all = host_copies(context_.ops.parameters());
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name != kLogitScale) (i < text_parameters_ ? text : image).push_back(all[i]);
  }
  export_image_of_pair(context_.out, pair_.image.sizes, pixels_, steps, image,
                       host_copies(context_.ops.buffers()));
  if (trained_ != nullptr) {
    export_pair_file(context_.out, export_text_of_pair(context_.out, trained_->source(), text));
    return;
  }
  const ModelInfo& info = context_.locked_text->info();
  export_pair_file(context_.out, pair_.text,
                   {pair_.text_name.empty() ? info.name : pair_.text_name, info.weights_digest,
                    pair_.text_command});
}

}  // namespace

Model load_locked_text(const std::string& path) {
  if (find_pair(path)) {
    throw Error(ErrorCode::invalid_argument, "the recipe's text model '", path,
                "' is a pair, expected the model with the text tower");
  }
  return Model::load(path, text_only());
}

std::unique_ptr<Task> make_pair_task(const TaskContext& context) {
  return std::make_unique<PairTask>(context);
}

}  // namespace sightline
