#include "models/weight_builder.h"

#include <array>
#include <cstring>

namespace sightline {
namespace {

constexpr std::array kQkv = {"q_proj", "k_proj", "v_proj"};
const std::string kFused = "qkv_proj";

}  // namespace

Tensor WeightBuilder::take(const std::string& name, const Shape& shape) {
  count_ += element_count(shape);
  if (ops_ != nullptr) return source_.take(name, shape);
  source_.check(name, shape);
  return {};
}

Tensor WeightBuilder::parameter(const std::string& name, const Shape& shape) {
  const Tensor host = take(name, shape);
  return ops_ ? ops_->parameter(name, host) : Tensor();
}

Linear WeightBuilder::linear(const std::string& name, int64_t out, int64_t in, bool bias) {
  const Tensor weight = take(name + ".weight", {out, in});
  const Tensor offset = bias ? take(name + ".bias", {out}) : Tensor();
  return ops_ ? ops_->linear_weights(name, weight, offset) : nullptr;
}

Linear WeightBuilder::flattened_linear(const std::string& name, const Shape& shape) {
  const Tensor weight = take(name + ".weight", shape);
  if (ops_ == nullptr) return nullptr;
  return ops_->linear_weights(name, weight.reshape({shape[0], element_count(shape) / shape[0]}), Tensor());
}

Linear WeightBuilder::fused_qkv(const std::string& prefix, int64_t width) {
  const Shape square = {width, width}, row = {width};
  // All three are checked first: the fused matrix of a config's width costs memory, and a config
  // may claim any.
  for (const std::string part : kQkv) {
    source_.check(prefix + "." + part + ".weight", square);
    source_.check(prefix + "." + part + ".bias", row);
  }
  if (ops_ == nullptr) {
    count_ += 3 * (element_count(square) + element_count(row));
    return nullptr;
  }
  Tensor weight({3 * width, width}, DType::f32), bias({3 * width}, DType::f32);
  for (size_t i = 0; i < kQkv.size(); ++i) {
    const std::string name = prefix + "." + kQkv[i];
    const Tensor w = take(name + ".weight", square), b = take(name + ".bias", row);
    std::memcpy(weight.data<float>() + i * w.count(), w.raw(), w.bytes());
    std::memcpy(bias.data<float>() + i * b.count(), b.raw(), b.bytes());
  }
  return ops_->linear_weights(prefix + "." + kFused, weight, bias);
}

std::vector<NamedTensor> split_fused(const std::string& name, const Tensor& host) {
  const size_t at = name.find(kFused);
  if (at == std::string::npos) return {{name, host}};
  std::vector<NamedTensor> parts;
  Shape shape = host.shape();
  shape[0] /= 3;
  for (size_t i = 0; i < kQkv.size(); ++i) {
    Tensor part(shape, DType::f32);
    std::memcpy(part.data<float>(), host.data<float>() + i * part.count(), part.bytes());
    std::string part_name = name;
    parts.push_back({part_name.replace(at, kFused.size(), kQkv[i]), part});
  }
  return parts;
}

}  // namespace sightline
