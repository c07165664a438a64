// A ResNet that classifies images by their labels.
#include "train/torch/classification_task.h"

#include <sightline/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/resnet.h"
#include "train/export.h"
#include "train/export_timm.h"
#include "train/initializer.h"
#include "train/torch/batches.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr size_t kEvaluationBatch = 256;
constexpr int64_t kTop = 5;

class ClassificationTask : public Task {
 public:
  explicit ClassificationTask(const TaskContext& context);

  at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) override;
  json evaluate() override;
  void export_model(int64_t steps) override;

 private:
  at::Tensor logits(std::span<const Image> images);
  // The label's class; -1 for a label without training rows.
  int64_t class_of(const TrainingRow& row) const;
  json measure(const std::vector<TrainingRow>& rows);

  ResnetConfig config_;
  std::vector<std::string> labels_;
  std::unique_ptr<ResnetTower> tower_;
};

ClassificationTask::ClassificationTask(const TaskContext& context)
    : Task(context),
      config_(std::get<ResnetConfig>(context.recipe.model)),
      labels_(all_labels(context.set)) {
  const std::string& column = context.recipe.label_column;
  if (labels_.size() < 2 || labels_.front().empty()) {
    throw Error(
        ErrorCode::invalid_data, "data set '", context.recipe.datasets[0].path, "': ",
        (labels_.front().empty() ? "a training row has no" : "all training rows have the same"),
        " label in column '", column, "'");
  }
  config_.classes = static_cast<int64_t>(labels_.size());
  ConvolutionInitializer random(context.recipe.seed);
  ParameterSource& source = initial_weights(random);
  WeightBuilder weights(source, &context.ops);
  tower_ = std::make_unique<ResnetTower>(weights, config_);
  source.finish();
}

int64_t ClassificationTask::class_of(const TrainingRow& row) const {
  const auto found = std::lower_bound(labels_.begin(), labels_.end(), row.label);
  return found != labels_.end() && *found == row.label ? found - labels_.begin() : -1;
}

at::Tensor ClassificationTask::logits(std::span<const Image> images) {
  TorchOps& ops = context_.ops;
  return torch_array(tower_->encode(ops, ops.from_host(pixel_batch(images))));
}

at::Tensor ClassificationTask::batch_loss(std::span<const int64_t> rows, int64_t epoch) {
  const auto images = augmented_images(context_, rows, epoch, static_cast<int>(config_.image_size));
  const at::Tensor scores = logits(images);
  std::vector<int64_t> classes;
  for (const int64_t row : rows) classes.push_back(class_of(row_of(context_.set, row)));
  const at::Tensor target = at::tensor(classes, at::kLong).to(scores.device());
  return at::cross_entropy_loss(scores, target, {}, at::Reduction::Mean, -100,
                                context_.recipe.label_smoothing);
}

// The shares of rows whose label is ranked first, and among the first five. Ties count against the
// model; a label without training rows counts as wrong.
json ClassificationTask::measure(const std::vector<TrainingRow>& rows) {
  int64_t first = 0, among = 0, unknown = 0;
  for (size_t begin = 0; begin < rows.size(); begin += kEvaluationBatch) {
    const auto batch =
        std::span(rows).subspan(begin, std::min(kEvaluationBatch, rows.size() - begin));
    std::vector<int64_t> classes;
    for (const TrainingRow& row : batch) {
      classes.push_back(class_of(row));
      unknown += classes.back() < 0;
    }
    const at::Tensor scores = logits(stored_images(context_.images, batch)).cpu();
    const at::Tensor target = at::tensor(classes, at::kLong);
    const at::Tensor own = scores.gather(1, target.clamp_min(0).unsqueeze(1));
    const at::Tensor rank = scores.ge(own).sum(1);
    const at::Tensor known = target.ge(0);
    first += rank.le(1).logical_and(known).sum().item<int64_t>();
    among += rank.le(kTop).logical_and(known).sum().item<int64_t>();
  }
  const auto count = static_cast<double>(rows.size());
  return {{"rows", rows.size()},
          {"top-1", static_cast<double>(first) / count},
          {"top-5", static_cast<double>(among) / count},
          {"unknown_labels", unknown}};
}

json ClassificationTask::evaluate() {
  json splits = json::object();
  for (const HeldOut& held_out : context_.held_out)
    splits[held_out.split] = measure(held_out.set.rows);
  return {{"classes", labels_.size()}, {"classification", splits}};
}

void ClassificationTask::export_model(int64_t steps) {
  export_resnet(context_.out, config_, {}, labels_, steps, host_copies(context_.ops.parameters()),
                host_copies(context_.ops.buffers()));
}

}  // namespace

std::unique_ptr<Task> make_classification_task(const TaskContext& context) {
  return std::make_unique<ClassificationTask>(context);
}

}  // namespace sightline
