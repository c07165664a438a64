#include "train/torch/pair_loss.h"

namespace sightline {
namespace {

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target) {
  return -(target * logits.log_softmax(1)).sum(1).mean();
}

// (B, B * P): the softmax of similarities between each image's first text and `others`.
at::Tensor spread(const PairBatch& batch, const at::Tensor& others, double temperature) {
  const int64_t images = batch.images.size(0), per_image = batch.texts.size(0) / images;
  const at::Tensor first = batch.texts.detach().view({images, per_image, -1}).select(1, 0);
  return (at::matmul(first, others.detach().t()) / temperature).softmax(1);
}

}  // namespace

at::Tensor pair_loss(const PairBatch& batch, const PairLoss& settings) {
  const int64_t per_image = batch.texts.size(0) / batch.images.size(0);
  const at::Tensor logits = at::matmul(batch.images, batch.texts.t()) * batch.scale;
  const at::Tensor of_texts = batch.subjects.repeat_interleave(per_image);
  at::Tensor target = batch.subjects.unsqueeze(1).eq(of_texts.unsqueeze(0)).to(at::kFloat);
  target = target / target.sum(1, true);
  if (settings.soft_share > 0) {
    target = (1 - settings.soft_share) * target +
             settings.soft_share * spread(batch, batch.texts, settings.soft_temperature);
  }
  const at::Tensor transposed = target.t();
  at::Tensor loss =
      (cross_entropy(logits, target) +
       cross_entropy(logits.t(), transposed / transposed.sum(1, true).clamp_min(1e-12))) /
      2;
  if (batch.bank.defined() && settings.bank_weight > 0) {
    loss = loss + settings.bank_weight *
                      cross_entropy(at::matmul(batch.images, batch.bank.t()) * batch.scale,
                                    spread(batch, batch.bank, settings.soft_temperature));
  }
  return loss;
}

}  // namespace sightline
