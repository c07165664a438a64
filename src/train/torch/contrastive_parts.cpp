#include "train/torch/contrastive_parts.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "models/packed_tokens.h"
#include "train/torch/batches.h"

namespace sightline {
namespace {

// In f32 also where autocast computed the features in bf16.
at::Tensor unit_rows(const at::Tensor& computed) {
  const at::Tensor features = computed.to(at::kFloat);
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

void clamp_logit_scale(at::Tensor& logit_scale, double most) {
  const at::NoGradGuard no_grad;
  logit_scale.clamp_max_(std::log(most));
}

std::vector<std::pair<std::string, double>> logit_scale_figures(const at::Tensor& logit_scale) {
  return {{"logit_scale", std::exp(logit_scale.item<double>())}};
}

}  // namespace sightline
