#include "models/hf_text/m2m100.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace sightline {
namespace {

constexpr std::string_view kModel = "text_model.";
constexpr int64_t kPaddingId = 1;  // positions are counted from the one after it

// Row t: sin(t' f) for each frequency f, then cos(t' f), t' = t + 2. In float, as the reference.
Tensor sinusoidal_positions(int64_t positions, int64_t width) {
  Tensor table({positions, width}, DType::f32);
  float* const to = table.data<float>();
  std::fill_n(to, table.count(), 0.f);  // the last column of an odd width
  const int64_t half = width / 2;
  const auto step = static_cast<float>(-(std::log(10000.0) / static_cast<double>(half - 1)));
  for (int64_t t = 0; t < positions; ++t) {
    for (int64_t i = 0; i < half; ++i) {
      const float angle =
          static_cast<float>(t + kPaddingId + 1) * std::exp(static_cast<float>(i) * step);
      to[t * width + i] = std::sin(angle);
      to[t * width + half + i] = std::cos(angle);
    }
  }
  return table;
}

Tensor scaled_words(WeightBuilder& weights, const std::string& name, const Shape& shape) {
  const Tensor table = weights.host_parameter(name, shape);
  if (!table.defined()) return {};
  const auto scale = static_cast<float>(std::sqrt(static_cast<double>(shape[1])));
  Tensor scaled(shape, DType::f32);
  std::transform(table.data<float>(), table.data<float>() + table.count(), scaled.data<float>(),
                 [scale](float value) { return value * scale; });
  return weights.constant(scaled);
}

}  // namespace

M2M100Tower::M2M100Tower(WeightBuilder& weights, const M2M100Config& config,
                         const std::string& words) {
  const int64_t width = config.transformer.width;
  words_ = scaled_words(weights, words, {config.vocab_size, width});
  positions_ = weights.constant(sinusoidal_positions(config.context_length, width));
  const std::string name(kModel);
  transformer_.emplace(weights, TransformerNames{name + "layers", name + "layer_norm", ""},
                       config.transformer);
}

Tensor M2M100Tower::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  // hidden_states = self.embed_tokens(input_ids) * embed_scale + embed_pos
  Tensor x = ops.embed_tokens(ids, words_, positions_, offsets);
  // hidden_states = encoder_layer(hidden_states); hidden_states = self.layer_norm(hidden_states)
  return transformer_->encode(ops, std::move(x), offsets, OutputType::f32);
}

std::string m2m100_file_name(const std::string& name, const std::string& prefix) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kParts = {
      {{".layer_norm1.", ".self_attn_layer_norm."},
       {".layer_norm2.", ".final_layer_norm."},
       {".mlp.", "."}}};
  std::string file = prefix + name.substr(kModel.size());
  for (const auto& [own, there] : kParts) {
    if (const size_t at = file.find(own); at != std::string::npos)
      file.replace(at, own.size(), there);
  }
  return file;
}

}  // namespace sightline
