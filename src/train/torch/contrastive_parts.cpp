#include "train/torch/contrastive_parts.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "models/packed_tokens.h"
#include "train/torch/batches.h"

namespace sightline {
namespace {

at::Tensor unit_rows(const at::Tensor& features) {
  return features / features.norm(2, -1, true).clamp_min(1e-12);
}

}  // namespace

at::Tensor encode_unit_images(TorchOps& ops, const ImageTower& tower, std::span<const Image> images,
                              const PreprocessSpec& pixels) {
  return unit_rows(torch_array(tower.encode(ops, ops.from_host(pixel_batch(images, pixels)))));
}

at::Tensor encode_unit_texts(TorchOps& ops, const TextTower& tower, const Tokenizer& tokenizer,
                             std::span<const std::string> texts) {
  std::vector<TokenIds> tokens;
  for (const std::string& text : texts) tokens.push_back(tokenizer.encode(text));
  return encode_unit_tokens(ops, tower, tokens);
}

at::Tensor encode_unit_tokens(TorchOps& ops, const TextTower& tower,
                              std::span<const TokenIds> texts) {
  const PackedTokens batch = pack_tokens(texts, tower.padding());
  return unit_rows(torch_array(tower.encode(ops, ops.from_host(batch.ids), batch.offsets)));
}

at::Tensor contrastive_loss(const at::Tensor& images, const at::Tensor& texts,
                            const at::Tensor& scale, double label_smoothing) {
  const int64_t batch = images.size(0), per_image = texts.size(0) / batch;
  const at::Tensor groups = texts.reshape({batch, per_image, -1});
  const at::Tensor target = at::arange(batch, images.options().dtype(at::kLong));
  const auto loss = [&](const at::Tensor& scores) {
    return at::cross_entropy_loss(scores, target, {}, at::Reduction::Mean, -100, label_smoothing);
  };
  at::Tensor sum;
  for (int64_t p = 0; p < per_image; ++p) {
    const at::Tensor logits = at::matmul(images, groups.select(1, p).t()) * scale;
    const at::Tensor both = (loss(logits) + loss(logits.t())) / 2;
    sum = p == 0 ? both : sum + both;
  }
  return per_image == 1 ? sum : sum / per_image;
}

void clamp_logit_scale(at::Tensor& logit_scale, double most) {
  const at::NoGradGuard no_grad;
  logit_scale.clamp_max_(std::log(most));
}

std::vector<std::pair<std::string, double>> logit_scale_figures(const at::Tensor& logit_scale) {
  return {{"logit_scale", std::exp(logit_scale.item<double>())}};
}

}  // namespace sightline
