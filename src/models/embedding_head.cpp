#include "models/embedding_head.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>

#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {
namespace {

Activation fused(HeadStep::Function function) {
  switch (function) {
    case HeadStep::Function::relu:
      return Activation::relu;
    case HeadStep::Function::gelu:
      return Activation::gelu;
    case HeadStep::Function::none:
    case HeadStep::Function::tanh:  // on the host
      break;
  }
  return Activation::none;
}

// tanh(x) + residual, on the host. An undefined residual counts as zeros.
Tensor tanh_and_add(Ops& ops, const Tensor& x, const Tensor& residual) {
  const Tensor from = ops.to_host(x);
  const Tensor added = residual.defined() ? ops.to_host(residual) : Tensor();
  Tensor to(from.shape(), DType::f32);
  for (int64_t i = 0; i < from.count(); ++i) {
    to.data<float>()[i] =
        std::tanh(from.data<float>()[i]) + (added.defined() ? added.data<float>()[i] : 0.0f);
  }
  return ops.from_host(to);
}

// F.normalize(x, p=2, dim=-1), x / max(|x|, 1e-12), on the host: there is one row for each text or
// image.
Tensor unit_rows(Ops& ops, const Tensor& x) {
  const Tensor from = ops.to_host(x);
  Tensor to(from.shape(), DType::f32);
  const int64_t width = from.dim(1);
  for (int64_t row = 0; row < from.dim(0); ++row) {
    const float* const values = from.data<float>() + row * width;
    double sum = 0;
    for (int64_t c = 0; c < width; ++c) sum += static_cast<double>(values[c]) * values[c];
    const double length = std::max(std::sqrt(sum), 1e-12);
    for (int64_t c = 0; c < width; ++c)
      to.data<float>()[row * width + c] = static_cast<float>(values[c] / length);
  }
  return ops.from_host(to);
}

// The steps with their weights on a backend.
class HeadLayers {
 public:
  // ops null: only checks the weights.
  HeadLayers(const EmbeddingHead& head, int64_t width, Ops* ops) : width_(width) {
    for (const HeadStep& step : head.steps) {
      Layer layer{step.kind, step.function, nullptr, nullptr, step.residual};
      if (step.kind == HeadStep::Kind::dense) add_dense(step, ops, layer);
      layers_.push_back(std::move(layer));
    }
  }

  int64_t width() const { return width_; }
  int64_t parameters() const { return parameters_; }

  // x (B, D) -> (B, width())
  Tensor apply(Ops& ops, Tensor x) const {
    for (const Layer& layer : layers_) {
      if (layer.kind == HeadStep::Kind::normalize) {
        x = unit_rows(ops, x);
        continue;
      }
      Tensor residual;
      if (layer.residual)
        residual = layer.skip ? ops.linear(x, layer.skip, Activation::none, {}) : x;
      if (layer.function == HeadStep::Function::tanh) {
        x = tanh_and_add(ops, ops.linear(x, layer.linear, Activation::none, {}), residual);
      } else {
        x = ops.linear(x, layer.linear, fused(layer.function), residual);
      }
    }
    return x;
  }

 private:
  struct Layer {
    HeadStep::Kind kind;
    HeadStep::Function function;
    Linear linear, skip;
    bool residual;
  };

  void add_dense(const HeadStep& step, Ops* ops, Layer& layer) {
    if (step.in != width_) {
      throw Error(ErrorCode::invalid_data, "the dense layer in '", step.weights->where(),
                  "' has in_features ", step.in, ", expected ", width_,
                  ", the dimensions of its input");
    }
    CheckpointSource source(*step.weights);
    WeightBuilder weights(source, ops);
    layer.linear = weights.linear("linear", step.out, step.in, step.bias, LayerPrecision::high);
    if (step.residual && step.in != step.out)
      layer.skip = weights.linear("residual", step.out, step.in, false, LayerPrecision::high);
    source.finish();
    parameters_ += weights.parameter_count();
    width_ = step.out;
  }

  int64_t width_, parameters_ = 0;
  std::vector<Layer> layers_;
};

class TextTowerWithHead : public TextTower {
 public:
  TextTowerWithHead(std::unique_ptr<TextTower> tower, std::shared_ptr<const HeadLayers> head)
      : tower_(std::move(tower)), head_(std::move(head)) {}
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override {
    return head_->apply(ops, tower_->encode(ops, ids, offsets));
  }
  std::optional<TextPadding> padding() const override { return tower_->padding(); }

 private:
  std::unique_ptr<TextTower> tower_;
  std::shared_ptr<const HeadLayers> head_;
};

class ImageTowerWithHead : public ImageTower {
 public:
  ImageTowerWithHead(std::unique_ptr<ImageTower> tower, std::shared_ptr<const HeadLayers> head)
      : tower_(std::move(tower)), head_(std::move(head)) {}
  Tensor encode(Ops& ops, const Tensor& pixels) const override {
    return head_->apply(ops, tower_->encode(ops, pixels));
  }
  Tensor consume(Ops& ops, Tensor pixels) const override {
    return head_->apply(ops, tower_->consume(ops, std::move(pixels)));
  }
  Tensor encode_patches(Ops& ops, const PackedPatches& images) const override {
    return head_->apply(ops, tower_->encode_patches(ops, images));
  }

 private:
  std::unique_ptr<ImageTower> tower_;
  std::shared_ptr<const HeadLayers> head_;
};

}  // namespace

void add_embedding_head(const EmbeddingHead& head, Ops& ops, const ModelOptions& options,
                        LoadedModel& model) {
  const bool load = options.load_text_tower || options.load_image_tower;
  const auto layers =
      std::make_shared<const HeadLayers>(head, model.info.embedding_dim, load ? &ops : nullptr);
  if (!head.steps.empty()) {
    if (model.text) model.text = std::make_unique<TextTowerWithHead>(std::move(model.text), layers);
    if (model.image)
      model.image = std::make_unique<ImageTowerWithHead>(std::move(model.image), layers);
  }
  model.info.embedding_dim = layers->width();
  model.info.parameters += layers->parameters();
  if (head.max_length > 0) {
    model.info.context_length =
        static_cast<int>(std::min<int64_t>(model.info.context_length, head.max_length));
  }
}

}  // namespace sightline
